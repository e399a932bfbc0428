#include "results/open_file.h"

#include <cerrno>
#include <cstdint>
#include <cstring>
#include <utility>

#include <fcntl.h>
#include <fmt/format.h>
#include <sys/stat.h>
#include <unistd.h>

#include "results/check.h"
#include "results/h5/attribute_io.h"
#include "results/own_process.h"
#include "results/parts.h"
#include "results/schema.h"

namespace rfmap::results {

void throw_damaged(const std::string& path, const h5::Failure& failure, const char* remedy) {
  throw DataError(path + ": damaged: cannot " + failure.what() + remedy);
}

void expect_readable(const std::string& path) {
  const int descriptor = ::open(path.c_str(), O_RDONLY | O_CLOEXEC | O_NONBLOCK);
  if (descriptor < 0) {
    const std::string why = std::strerror(errno);
    throw ConfigError(path + ": cannot be opened: " + why);
  }
  struct stat about {};
  const bool regular = ::fstat(descriptor, &about) == 0 && S_ISREG(about.st_mode);
  ::close(descriptor);
  if (!regular) throw ConfigError(path + ": is not a file (a folder, a pipe or a device)");
}

h5::File open_whole(const std::string& path) {
  h5::silence();
  expect_readable(path);
  // H5Fis_hdf5 only checks the signature; a truncated file fails to open.
  if (H5Fis_hdf5(path.c_str()) <= 0)
    throw DataError(path + ": is not an HDF5 file; give a results file of rfmap estimate");
  return reading(path, [&] { return h5::open_file(path); });
}

h5::File open_finished(const std::string& path) {
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

namespace {

constexpr unsigned kGateCpuSeconds = 300;  // a whole file of 1,200 layers takes seconds

std::vector<std::string> ask_gate(const std::string& path) {
  const CpuLimit limit{kGateCpuSeconds,
                       fmt::format("{}: reading it took more than {} s of processor time; rfmap "
                                   "check says more of the file",
                                   path, kGateCpuSeconds)};
  return in_own_process([&] { return gate_problems(path); },
                        path + ": damaged so that the HDF5 library fails when it reads it", limit);
}

}  // namespace

h5::File open_results(const std::string& path) {
  expect_readable(path);
  const std::vector<std::string> problems = ask_gate(path);
  if (!problems.empty()) {
    const bool damaged = problems.front().starts_with(path + ": damaged");
    const bool advised = problems.front().find("; ") != std::string::npos;
    throw DataError(problems.front() + (damaged && !advised ? kRepeat : ""));
  }
  return open_finished(path);
}

namespace {

const char* format_of_part(const std::string& kind) {
  return kind == "scan" ? kScanPartFormat : kMapPartFormat;
}

}  // namespace

void mark_part(hid_t file, const std::string& kind, const std::string& fingerprint, int part) {
  h5::write_attributes(file, {{"format", format_of_part(kind)},
                              {"kind", kind},
                              {"fingerprint", fingerprint},
                              {"part", std::int64_t(part)}});
}

h5::File open_part(const std::string& path, const std::string& kind,
                   const std::string& fingerprint) {
  h5::silence();
  if (::access(path.c_str(), F_OK) != 0)
    throw DataError(path + ": this part of the run is missing; repeat the run to measure it again");
  const auto open = [&] {
    h5::File file = h5::open_file(path);
    const auto expect = [&](const std::string& name, const std::string& wanted) {
      const std::string held = h5::read_text(file.get(), name);
      if (held != wanted)
        throw DataError(path + ": its " + name + " is \"" + held + "\", this run's is \"" + wanted +
                        "\"" + kMeasureAgain);
    };
    expect("format", format_of_part(kind));
    expect("kind", kind);
    expect("fingerprint", fingerprint);
    return file;
  };
  return reading(path, open, kMeasureAgain);
}

}  // namespace rfmap::results
