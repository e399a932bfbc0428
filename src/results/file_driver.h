#pragma once

#include "results/h5.h"

namespace rfmap::h5 {

/// errno of the first write to a file that failed; 0 while none has.
struct WriteFault {
  int code = 0;
};

/// Makes files that are created with `access` remember a failed write in `fault`, drop what is
/// written afterwards, and report success to the library: HDF5 1.10 cannot close a file whose
/// metadata it cannot write, and crashes at the end of the process. `fault` must outlive the file;
/// who writes has to look at it.
void set_latching_driver(const Properties& access, WriteFault& fault);

}  // namespace rfmap::h5
