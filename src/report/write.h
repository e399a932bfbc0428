#pragma once

#include <cstdint>
#include <filesystem>
#include <span>
#include <string_view>

namespace rfmap {

/// Writes a whole file. Throws EngineError naming it (disk full).
void put_bytes(const std::filesystem::path& path, std::span<const std::uint8_t> bytes);
void put_page(const std::filesystem::path& path, std::string_view text);

/// A folder in the making, PATH.part: commit() gives it its name, else it is removed. With
/// `replace` a report that is there under PATH goes. Throws ConfigError: PATH exists and is not to
/// be replaced or is no report, the folder cannot be made.
class PendingFolder {
 public:
  PendingFolder(const std::filesystem::path& path, bool replace);
  ~PendingFolder();
  PendingFolder(const PendingFolder&) = delete;
  const std::filesystem::path& part() const { return part_; }
  void commit();

 private:
  std::filesystem::path path_, part_;
  bool done_ = false;
};

}  // namespace rfmap
