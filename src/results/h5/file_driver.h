#pragma once

#include "results/h5/h5.h"

namespace rfmap::h5 {

/// errno of the first failed write to a file; 0 as long as none has failed.
struct WriteFault {
  int code = 0;
};

/// Makes files that are created with `access` remember a failed write in `fault`, drop what is
/// written afterwards, and report success to the library: HDF5 1.10 cannot close a file whose
/// metadata it cannot write, and crashes at the end of the process. `fault` must outlive the file;
/// the writer must check it.
void set_latching_driver(const Properties& access, WriteFault& fault);

}  // namespace rfmap::h5
