#pragma once

#include <cstdint>
#include <filesystem>
#include <span>
#include <stdexcept>
#include <string>
#include <vector>

namespace rfmap::io {

using Bytes = std::vector<std::uint8_t>;

/// The reason why one image cannot be used: the rest of a sentence that begins with its name ("is
/// empty").
struct Unreadable : std::runtime_error {
  using std::runtime_error::runtime_error;
};
/// ... because a part of the file is missing or wrong, though a decoder might repair it.
struct Damaged : Unreadable {
  using Unreadable::Unreadable;
};

/// The complete content of a regular file. Throws Unreadable; never waits on a pipe or a device.
Bytes read_image_file(const std::filesystem::path& path);

/// Writes under a temporary name and renames. Throws as throw_unwritable (core/disk.h).
void write_file(const std::string& path, std::span<const std::uint8_t> bytes);

}  // namespace rfmap::io
