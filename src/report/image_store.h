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
  ImageStore(ResultImages images, std::filesystem::path folder);
  /// True if the image exists; its address is address(index).
  bool need(int index);
  /// Below the report's folder.
  static std::string address(int index);
  int written() const { return written_; }
  /// One message for each requested image that cannot be shown, in the order of images.
  std::vector<std::string> missing() const;
  const Recorded& recorded() const { return images_.recorded(); }

 private:
  struct Entry {
    std::once_flag once;
    std::string problem;  ///< empty: it is there
  };
  void write(int index, Entry& entry);

  ResultImages images_;
  std::filesystem::path folder_;
  std::unique_ptr<Entry[]> entries_;
  std::atomic<int> written_ = 0;
};

}  // namespace rfmap::report
