#include <vector>

#include <opencv2/imgcodecs.hpp>
#include <opencv2/imgproc.hpp>

#include "rfmap/images.h"

#include "io/crop.h"
#include "io/decode.h"
#include "io/files.h"

namespace rfmap {
using namespace io;

/// In floating point: OpenCV's 8-bit path rounds the kernel's weights to 1/256, too coarse for wide
/// ones.
Crop gaussian_blur(const Crop& crop, double sigma) {
  quiet_opencv();
  Crop blurred{crop.shape, std::vector<std::uint8_t>(crop.pixels.size())};
  for (int c = 0; c < crop.shape.c; ++c) {
    const std::size_t first = std::size_t(c) * crop.shape.area();
    const cv::Mat plane(crop.shape.h, crop.shape.w, CV_8U,
                        const_cast<std::uint8_t*>(crop.pixels.data()) + first);
    cv::Mat values, result(crop.shape.h, crop.shape.w, CV_8U, blurred.pixels.data() + first);
    plane.convertTo(values, CV_32F);
    cv::GaussianBlur(values, values, cv::Size(), sigma, sigma, cv::BORDER_REPLICATE);
    values.convertTo(result, CV_8U);
  }
  return blurred;
}

void write_png(const std::string& path, const Crop& crop, ChannelOrder order) {
  quiet_opencv();
  Bytes encoded;
  cv::imencode(".png", to_image(crop, order), encoded);
  write_file(path, encoded);
}

}  // namespace rfmap
