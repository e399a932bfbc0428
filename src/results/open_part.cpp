#include "results/open_part.h"

#include <unistd.h>

#include "results/h5/attribute_io.h"

namespace rfmap::results {
namespace {

constexpr const char* kPartFormat = "rfmap-part-1";
constexpr const char* kRemedy = "; remove it to measure it again";

void expect(const std::string& path, const char* what, const std::string& held,
            const std::string& wanted) {
  if (held != wanted)
    throw DataError(path + ": its " + what + " is \"" + held + "\", this run's is \"" + wanted +
                    "\"" + kRemedy);
}

}  // namespace

void mark_part(hid_t file, const std::string& kind, const std::string& fingerprint, int part) {
  h5::write_attribute(file, "format", std::string(kPartFormat));
  h5::write_attribute(file, "kind", kind);
  h5::write_attribute(file, "fingerprint", fingerprint);
  h5::write_attribute(file, "part", std::int64_t(part));
}

void throw_damaged_part(const std::string& path, const h5::Failure& failure) {
  throw DataError(path + ": damaged: cannot " + failure.what() + kRemedy);
}

h5::File open_part(const std::string& path, const std::string& kind,
                   const std::string& fingerprint) {
  h5::silence();
  if (::access(path.c_str(), F_OK) != 0)
    throw DataError(path + ": this part of the run is missing; repeat the run to measure it again");
  return reading_part(path, [&] {
    h5::File file = h5::open_file(path);
    expect(path, "format", h5::read_text(file.get(), "format"), kPartFormat);
    expect(path, "kind", h5::read_text(file.get(), "kind"), kind);
    expect(path, "fingerprint", h5::read_text(file.get(), "fingerprint"), fingerprint);
    return file;
  });
}

}  // namespace rfmap::results
