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
  Crop blurred = crop;
  for (cv::Mat& plane : plane_views(blurred)) {
    cv::Mat values;
    plane.convertTo(values, CV_32F);
    cv::GaussianBlur(values, values, cv::Size(), sigma, sigma, cv::BORDER_REPLICATE);
    values.convertTo(plane, CV_8U);
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
