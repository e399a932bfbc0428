#pragma once

#include <cstdint>
#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <string>
#include <vector>

#include <gtest/gtest.h>
#include <opencv2/core.hpp>
#include <opencv2/imgcodecs.hpp>
#include <zlib.h>

#include "rfmap/images.h"

namespace rfmap {

using Bytes = std::vector<std::uint8_t>;

/// A new temporary folder for each test.
class IoTest : public testing::Test {
 protected:
  void SetUp() override {
    std::string name = (std::filesystem::temp_directory_path() / "rfmap_io_XXXXXX").string();
    ASSERT_NE(mkdtemp(name.data()), nullptr);
    folder = name;
  }
  void TearDown() override { std::filesystem::remove_all(folder); }

  std::string write(const std::string& name, const Bytes& bytes) const {
    const std::filesystem::path path = folder / name;
    std::filesystem::create_directories(path.parent_path());
    std::ofstream(path, std::ios::binary)
        .write(reinterpret_cast<const char*>(bytes.data()), std::streamsize(bytes.size()));
    return path.string();
  }
  std::string write(const std::string& name, const std::string& text) const {
    return write(name, Bytes(text.begin(), text.end()));
  }

  std::filesystem::path folder;
};

inline Bytes encode(const std::string& extension, const cv::Mat& image,
                    const std::vector<int>& parameters = {}) {
  Bytes bytes;
  cv::imencode(extension, image, bytes, parameters);
  return bytes;
}

/// Values of an image type drawn from a seed.
inline cv::Mat random_image(int height, int width, int type, int low = 0, int high = 256) {
  cv::Mat image(height, width, type);
  cv::RNG rng(std::uint64_t(height * 1000 + width));
  rng.fill(image, cv::RNG::UNIFORM, low, high);
  return image;
}

/// No resize; colours in the order of OpenCV's images.
inline Preprocessing plain(Size crop) {
  Preprocessing p;
  p.order = ChannelOrder::bgr;
  p.crop = crop;
  return p;
}

/// Planes [C, H, W] of an interleaved 8-bit image, by plain loops.
inline Bytes planes_of(const cv::Mat& image) {
  const int channels = image.channels();
  Bytes planes;
  for (int c = 0; c < channels; ++c)
    for (int y = 0; y < image.rows; ++y)
      for (int x = 0; x < image.cols; ++x)
        planes.push_back(image.ptr<std::uint8_t>(y)[x * channels + c]);
  return planes;
}

inline int worst_difference(const Bytes& a, const Bytes& b) {
  if (a.size() != b.size()) return 1000;
  int worst = 0;
  for (std::size_t i = 0; i < a.size(); ++i) worst = std::max(worst, std::abs(a[i] - b[i]));
  return worst;
}

inline Bytes big_endian(std::uint32_t value, int bytes) {
  Bytes result;
  for (int i = bytes - 1; i >= 0; --i) result.push_back(std::uint8_t(value >> (8 * i)));
  return result;
}
inline void append(Bytes& to, const Bytes& more) {
  for (const std::uint8_t byte : more) to.push_back(byte);
}

/// One field of a TIFF directory: a value in place, or bytes stored after the directory.
struct TiffEntry {
  int tag, type, count;
  std::uint32_t value = 0;
  Bytes far;
};

/// A big-endian TIFF structure of one directory, followed by `pixels`; field 273's value is where
/// these begin.
inline Bytes tiff_structure(std::vector<TiffEntry> entries, const Bytes& pixels = {}) {
  Bytes bytes{'M', 'M', 0, 42, 0, 0, 0, 8}, behind;
  append(bytes, big_endian(std::uint32_t(entries.size()), 2));
  const std::size_t start = 8 + 2 + entries.size() * 12 + 4;
  std::size_t far_bytes = 0;
  for (const TiffEntry& e : entries) far_bytes += e.far.size();
  for (const TiffEntry& e : entries) {
    append(bytes, big_endian(std::uint32_t(e.tag), 2));
    append(bytes, big_endian(std::uint32_t(e.type), 2));
    append(bytes, big_endian(std::uint32_t(e.count), 4));
    if (!e.far.empty())
      append(bytes, big_endian(std::uint32_t(start + behind.size()), 4));
    else if (e.tag == 273)
      append(bytes, big_endian(std::uint32_t(start + far_bytes), 4));
    else if (e.type == 3)
      append(bytes, big_endian(e.value << 16, 4));
    else
      append(bytes, big_endian(e.value, 4));
    append(behind, e.far);
  }
  append(bytes, big_endian(0, 4));
  append(bytes, behind);
  append(bytes, pixels);
  return bytes;
}

}  // namespace rfmap
