#pragma once

#include <cstddef>
#include <cstdint>
#include <ctime>
#include <filesystem>
#include <stdexcept>
#include <string>

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include "rfmap/error.h"

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

  /// Writes a file; its path. No two files have one time of change: readers that keep a file open
  /// tell by it that the file is another one.
  std::string put(const std::string& name, const std::uint8_t* data, std::size_t size) const {
    static std::time_t now = 0;
    const std::string path = path_ / name;
    const int file = ::open(path.c_str(), O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0600);
    const timespec times[2] = {{++now, 0}, {now, 0}};
    const bool done =
        file >= 0 && ::write(file, data, size) == ssize_t(size) && ::futimens(file, times) == 0;
    if (file >= 0) ::close(file);
    if (!done) throw std::runtime_error(path + " cannot be written");
    return path;
  }
  std::string put(const std::string& name, const std::string& text) const {
    return put(name, reinterpret_cast<const std::uint8_t*>(text.data()), text.size());
  }
  std::string operator/(const std::string& name) const { return path_ / name; }

 private:
  std::filesystem::path path_;
};

/// The folder of the process.
inline const Folder& folder() {
  static const Folder made;
  return made;
}

/// Writes the input to a file of that name and has it read. An error in a sentence is right; every
/// other exception ends the target.
template <class Read>
int run_file(const std::string& name, const std::uint8_t* data, std::size_t size,
             const Read& read) {
  const std::string path = folder().put(name, data, size);
  try {
    read(path);
  } catch (const Error&) {
  }
  return 0;
}

}  // namespace rfmap::fuzz
