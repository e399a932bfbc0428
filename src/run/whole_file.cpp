#include "run/whole_file.h"

#include <cerrno>
#include <cstdint>

#include <fmt/format.h>
#include <unistd.h>

#include "core/disk.h"

namespace rfmap::run {
namespace {

namespace fs = std::filesystem;

/// The text under a temporary name. Durable: a power cut would else leave an empty record beside
/// hours of parts.
std::string write_beside(const fs::path& path, const std::string& text, const std::string& owner) {
  std::string part = fmt::format("{}{}.part", path.string(), owner);
  core::write_bytes(part, {reinterpret_cast<const std::uint8_t*>(text.data()), text.size()},
                    core::Durable::yes);
  return part;
}

}  // namespace

void write_whole(const fs::path& path, const std::string& text, const std::string& owner) {
  core::rename_file(write_beside(path, text, owner), path);
}

bool create_whole(const fs::path& path, const std::string& text, const std::string& owner) {
  const std::string part = write_beside(path, text, owner);
  const bool linked = ::link(part.c_str(), path.c_str()) == 0;
  if (linked || errno == EEXIST || fs::exists(path)) {
    ::unlink(part.c_str());
    return linked;
  }
  core::rename_file(part, path);  // a file system without hard links
  return true;
}

}  // namespace rfmap::run
