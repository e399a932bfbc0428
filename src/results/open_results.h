#pragma once

#include <string>

#include "rfmap/error.h"

#include "results/h5/h5.h"

namespace rfmap::results {

/// Throws ConfigError if there is no such file or it may not be read.
void expect_readable(const std::string& path);

/// Opens a file to read. Throws ConfigError (no such file), DataError (not HDF5, cut off).
h5::File open_whole(const std::string& path);
/// The same for results files: format rfmap-2 or rfmap-1, and finished.
h5::File open_results(const std::string& path);

[[noreturn]] void throw_damaged(const std::string& path, const h5::Failure& failure);

/// Runs `read`; its failures become a DataError that names the file.
template <class Read>
auto reading(const std::string& path, Read&& read) {
  h5::silence();
  try {
    return read();
  } catch (const h5::Failure& failure) {
    throw_damaged(path, failure);
  }
}

}  // namespace rfmap::results
