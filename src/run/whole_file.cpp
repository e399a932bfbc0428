#include "run/whole_file.h"

#include <cerrno>
#include <fstream>

#include <fcntl.h>
#include <fmt/format.h>
#include <unistd.h>

#include "rfmap/error.h"

namespace rfmap::run {
namespace {

namespace fs = std::filesystem;

/// Without this a power cut may leave an empty record beside hours of parts.
bool sync(const fs::path& path) {
  const int file = ::open(path.c_str(), O_RDONLY | O_CLOEXEC);
  const bool synced = file >= 0 && ::fsync(file) == 0;
  if (file >= 0) ::close(file);
  return synced;
}

/// The text under a temporary name.
fs::path write_beside(const fs::path& path, const std::string& text, const std::string& owner) {
  const fs::path part = fmt::format("{}{}.part", path.string(), owner);
  std::ofstream file(part);
  file << text;
  file.close();
  if (file && sync(part)) return part;
  ::unlink(part.c_str());
  throw EngineError("cannot write " + part.string() + "; is the disk full?");
}

}  // namespace

void write_whole(const fs::path& path, const std::string& text, const std::string& owner) {
  fs::rename(write_beside(path, text, owner), path);
}

bool create_whole(const fs::path& path, const std::string& text, const std::string& owner) {
  const fs::path part = write_beside(path, text, owner);
  const bool linked = ::link(part.c_str(), path.c_str()) == 0;
  if (linked || errno == EEXIST || fs::exists(path)) {
    ::unlink(part.c_str());
    return linked;
  }
  fs::rename(part, path);  // a file system without hard links
  return true;
}

}  // namespace rfmap::run
