#pragma once

#include <cstdint>
#include <filesystem>
#include <span>
#include <string_view>

namespace rfmap::report {

/// Writes a complete file. Throws as throw_unwritable (core/disk.h).
void put_bytes(const std::filesystem::path& path, std::span<const std::uint8_t> bytes);
void put_page(const std::filesystem::path& path, std::string_view text);

/// A folder being written, PATH.part: commit() renames it, else it is removed. With `replace` an
/// existing report at PATH is removed. Throws ConfigError: PATH exists and may not be replaced or
/// is no report, the folder cannot be created.
class PendingFolder {
 public:
  PendingFolder(const std::filesystem::path& path, bool replace);
  ~PendingFolder();
  PendingFolder(const PendingFolder&) = delete;
  const std::filesystem::path& part() const { return part_; }
  void commit();

 private:
  void remove_part() const;

  std::filesystem::path path_, part_;
  bool done_ = false;
};

}  // namespace rfmap::report
