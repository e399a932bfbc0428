#include "results/open_results.h"

#include <cerrno>
#include <cstring>

#include <fcntl.h>
#include <unistd.h>

#include "results/h5/attribute_io.h"
#include "results/schema.h"

namespace rfmap::results {

void throw_damaged(const std::string& path, const h5::Failure& failure) {
  throw DataError(path + ": damaged: cannot " + failure.what() +
                  "; take an intact copy or repeat the run");
}

void expect_readable(const std::string& path) {
  const int descriptor = ::open(path.c_str(), O_RDONLY | O_CLOEXEC);
  if (descriptor < 0) {
    const std::string why = std::strerror(errno);
    throw ConfigError(path + ": cannot be opened: " + why);
  }
  ::close(descriptor);
}

h5::File open_whole(const std::string& path) {
  h5::silence();
  expect_readable(path);
  // H5Fis_hdf5 only checks the signature; a truncated file fails to open.
  if (H5Fis_hdf5(path.c_str()) <= 0)
    throw DataError(path + ": is not an HDF5 file; give a results file of rfmap estimate");
  return reading(path, [&] { return h5::open_file(path); });
}

h5::File open_results(const std::string& path) {
  h5::File file = open_whole(path);
  return reading(path, [&] {
    const bool marked = h5::has_attribute(file.get(), "format");
    const std::string format = marked ? h5::read_text(file.get(), "format") : "";
    if (format != kFormat && format != kOldFormat)
      throw DataError(path + ": is not a results file of format " + std::string(kFormat) +
                      (marked ? " (its format is \"" + format + "\")" : "") +
                      "; give a file that rfmap estimate wrote");
    if (!h5::has_attribute(file.get(), "finished"))
      throw DataError(path + ": is unfinished; repeat the run that wrote it");
    return std::move(file);
  });
}

}  // namespace rfmap::results
