#pragma once

#include <atomic>
#include <filesystem>
#include <memory>
#include <mutex>
#include <string>
#include <vector>

#include "report/recorded.h"

namespace rfmap::report {

/// The images that pages show, as the network saw them (its crop), each written once as JPEG at
/// first use. For use by several threads.
class ImageStore {
 public:
  ImageStore(const std::vector<ImageRef>& images, Relocation relocation,
             const Preprocessing& preprocessing, int channels, std::filesystem::path folder);
  /// True if the image exists; its address is address(index).
  bool need(int index);
  /// Below the report's folder.
  static std::string address(int index);
  int written() const { return written_; }
  /// One message for each requested image that cannot be shown, in the order of images.
  std::vector<std::string> missing() const;

 private:
  struct Entry {
    std::once_flag once;
    bool there = false;
    std::string problem;
  };
  void write(int index, Entry& entry);

  const std::vector<ImageRef>& images_;
  Relocation relocation_;
  Preprocessing preprocessing_;
  int channels_;
  std::filesystem::path folder_;
  std::unique_ptr<Entry[]> entries_;
  std::atomic<int> written_ = 0;
};

}  // namespace rfmap::report
