#pragma once

#include <optional>
#include <string>

namespace rfmap::run {

/// A lock on bytes of a file, for processes of one machine or of several with a shared file system.
/// It ends with the process, however that ends. A file system without locks grants every lock.
class FileLock {
 public:
  /// Bytes of the file; `count` 0: all from `first` on.
  struct Range {
    int first = 0, count = 0;
  };
  /// Creates the file if it is missing. Throws ConfigError where it cannot be opened.
  FileLock(const std::string& path, Range range);
  ~FileLock();
  FileLock(const FileLock&) = delete;
  FileLock& operator=(const FileLock&) = delete;
  /// Gives back all but some of its bytes.
  void keep(Range range);
  /// Where it was not granted: the first byte that another process holds.
  std::optional<int> held_elsewhere() const { return held_elsewhere_; }

 private:
  Range range_;
  int file_ = -1;
  std::optional<int> held_elsewhere_;
};

}  // namespace rfmap::run
