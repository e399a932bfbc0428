#pragma once

#include <filesystem>
#include <string>

/// Small files that are there whole or not at all, on file systems that several machines share.
/// `owner` tells temporary names of several processes apart. Both throw as throw_unwritable
/// (core/disk.h).
namespace rfmap::run {

/// Replaces the file if it is there.
void write_whole(const std::filesystem::path& path, const std::string& text,
                 const std::string& owner = "");

/// False, and the file stays as it is, where it is there already, also when several processes
/// create it at once.
bool create_whole(const std::filesystem::path& path, const std::string& text,
                  const std::string& owner = "");

}  // namespace rfmap::run
