#pragma once

#include <array>
#include <functional>
#include <string>

#include <opencv2/core.hpp>

#include "io/files.h"

namespace rfmap::io {

/// An image of a container: its pixels, or the bytes of an image file to be decoded.
struct StoredImage {
  cv::Mat pixels;  ///< 8-bit BGR; empty where `encoded` holds the image
  Bytes encoded;
  std::string name;  ///< by which the container calls it, for messages; may be empty
};

/// A kind of file that holds many images.
struct Container {
  bool (*holds)(const std::string& file);  ///< by content; throws DataError if damaged
  /// add(label) for each image in order, an empty one where there is none. Throws DataError; also
  /// for 0 images.
  void (*list)(const std::string& file, const std::function<void(std::string label)>& add);
  StoredImage (*read)(const std::string& file, int item);  ///< throws Unreadable, DataError
};

extern const Container kTar, kIdx;

inline constexpr std::array kContainers{&kTar, &kIdx};

}  // namespace rfmap::io
