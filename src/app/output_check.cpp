#include "app/output_check.h"

#include <cerrno>
#include <filesystem>

#include <fcntl.h>
#include <fmt/format.h>
#include <unistd.h>

#include "rfmap/error.h"

#include "core/disk.h"

namespace rfmap::app {
namespace {

namespace fs = std::filesystem;

/// Does what the writer will do, creates a file in the results' folder, and removes it again.
void try_to_create(const std::string& path) {
  const std::string probe = fmt::format("{}.{}.part", path, getpid());
  const int file = open(probe.c_str(), O_WRONLY | O_CREAT | O_EXCL, 0666);
  if (file < 0 && errno == EEXIST) return;  // of a process on another machine
  if (file < 0) core::throw_unwritable("--out " + path, "written", errno);
  close(file);
  unlink(probe.c_str());
}

}  // namespace

void check_output(const std::string& path, const Output& output) {
  std::error_code ignored;
  fs::path folder = fs::path(path).parent_path();
  if (folder.empty()) folder = ".";
  if (!fs::is_directory(folder, ignored))
    throw ConfigError(fmt::format("--out {}: the folder {} does not exist; make it first", path,
                                  folder.string()));
  if (fs::is_directory(path, ignored))
    throw ConfigError(fmt::format("--out {}: is a folder; give a file name, as in {}", path,
                                  (fs::path(path) / "fields.h5").string()));
  if (fs::exists(path, ignored) && !output.overwrite && !output.resume)
    throw ConfigError(
        fmt::format("--out {}: exists; choose another name, or add --overwrite", path));
  try_to_create(path);
}

void require_file(const std::string& label, const std::string& path) {
  std::error_code ignored;
  if (!fs::exists(path, ignored))
    throw ConfigError(fmt::format("{} {}: no such file", label, path));
  if (fs::is_directory(path, ignored))
    throw ConfigError(fmt::format("{} {}: is a folder, not a file", label, path));
}

}  // namespace rfmap::app
