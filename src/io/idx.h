#pragma once

#include <cstddef>
#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include <opencv2/core.hpp>

namespace rfmap::io {

/// An IDX file of unsigned bytes: [count, height, width, channels], colour last.
/// Source of the format: LeCun's MNIST page.
struct IdxFile {
  int count = 0, height = 0, width = 0, channels = 1;
  std::vector<std::uint8_t> pixels;
};

/// True if the content, gzipped or not, begins like an IDX file of any type. Throws DataError for a
/// damaged gzip file.
bool is_idx(const std::string& path);

/// The complete file, read once and shared within the program until it changes on disk. Throws
/// DataError.
std::shared_ptr<const IdxFile> open_idx(const std::string& path);

/// Item of an IDX file as 8-bit BGR.
cv::Mat idx_image(const IdxFile& file, int index);

/// Splits FILE#INDEX; nothing for other names.
struct IdxItem {
  std::string file;
  int index = 0;
};
std::optional<IdxItem> split_idx_item(const std::string& path);

}  // namespace rfmap::io
