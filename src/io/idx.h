#pragma once

#include <cstdint>
#include <memory>
#include <string>
#include <vector>

namespace rfmap::io {

/// An IDX file of unsigned bytes: [count, height, width, channels], colour last.
/// Source of the format: LeCun's MNIST page.
struct IdxFile {
  int count = 0, height = 0, width = 0, channels = 1;
  std::vector<std::uint8_t> pixels;
};

/// The complete file, read once and shared within the program until it changes on disk. Throws
/// DataError.
std::shared_ptr<const IdxFile> open_idx(const std::string& path);

}  // namespace rfmap::io
