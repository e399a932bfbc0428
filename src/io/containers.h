#pragma once

#include <array>
#include <string>

#include <opencv2/core.hpp>

namespace rfmap::io {

/// A kind of file that holds many images.
struct Container {
  bool (*holds)(const std::string& file);              ///< by content; throws DataError if damaged
  int (*count)(const std::string& file);               ///< throws DataError; also for 0 images
  cv::Mat (*read)(const std::string& file, int item);  ///< 8-bit BGR; throws Unreadable, DataError
};

extern const Container kIdx;

inline constexpr std::array kContainers{&kIdx};

}  // namespace rfmap::io
