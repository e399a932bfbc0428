#pragma once

#include <cstddef>
#include <cstdint>
#include <filesystem>
#include <fstream>
#include <string>

#include <unistd.h>

/// Entry of libFuzzer: 0 unless the input is to be left out of the corpus (-1).
extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size);

namespace rfmap::fuzz {

/// A folder in memory, of this process alone; removed at its end.
class Folder {
 public:
  Folder() {
    const std::filesystem::path memory = "/dev/shm";
    const bool there = ::access(memory.c_str(), W_OK) == 0;
    path_ = (there ? memory : std::filesystem::temp_directory_path()) /
            ("rfmap-fuzz-" + std::to_string(::getpid()));
    std::filesystem::create_directories(path_);
  }
  ~Folder() {
    std::error_code ignored;
    std::filesystem::remove_all(path_, ignored);
  }
  Folder(const Folder&) = delete;

  /// Writes a file; its path.
  std::string put(const std::string& name, const std::uint8_t* data, std::size_t size) const {
    const std::string path = path_ / name;
    std::ofstream(path, std::ios::binary)
        .write(reinterpret_cast<const char*>(data), std::streamsize(size));
    return path;
  }
  std::string put(const std::string& name, const std::string& text) const {
    return put(name, reinterpret_cast<const std::uint8_t*>(text.data()), text.size());
  }
  std::string operator/(const std::string& name) const { return path_ / name; }

 private:
  std::filesystem::path path_;
};

}  // namespace rfmap::fuzz
