#include "rfmap/picture.h"

#include <opencv2/core.hpp>

#include "rfmap/error.h"
#include "rfmap/images.h"

#include "report/sheet.h"

namespace rfmap {
namespace {

/// Interleaved pixels as planes in the same order.
Crop planes(const cv::Mat& page) {
  Crop crop{{3, page.rows, page.cols}, {}};
  crop.pixels.reserve(crop.shape.volume());
  for (int c = 0; c < 3; ++c)
    for (int y = 0; y < page.rows; ++y)
      for (int x = 0; x < page.cols; ++x) crop.pixels.push_back(page.at<cv::Vec3b>(y, x)[c]);
  return crop;
}

}  // namespace

void write_fields_png(const std::string& path, const std::vector<FieldPicture>& fields,
                      int columns) {
  if (fields.empty())
    throw DataError(path + " is not written: there is no receptive field to draw");
  for (const FieldPicture& field : fields)
    if (field.mean.size() != std::size_t(field.shape.h) * std::size_t(field.shape.w))
      throw DataError(field.layer + ", " + field.label +
                      ": the field's values do not fill its shape");
  const Layout layout = lay_out(fields, columns);
  write_png(path, planes(draw_sheet(fields, layout)), ChannelOrder::bgr);
}

}  // namespace rfmap
