#include "io/decode.h"

#include <mutex>
#include <string>
#include <vector>

#include <opencv2/core/utils/logger.hpp>
#include <opencv2/imgcodecs.hpp>

#include "io/byte_order.h"
#include "io/exif.h"
#include "io/files.h"
#include "io/format.h"

namespace rfmap {
namespace {

/// Where a TIFF states that its alpha is separate from the colours; libtiff would then multiply
/// them into each other. Nothing where it does not.
std::vector<std::size_t> separate_alpha(std::span<const std::uint8_t> bytes) {
  constexpr std::uint32_t kExtraSamples = 338, kUnassociated = 2;
  std::vector<std::size_t> places;
  for_each_tiff_field(bytes, [&](ByteView& view, const TiffField& field) {
    if (field.tag != kExtraSamples || field.type != 3) return;
    for (std::size_t i = 0; i < field.count && view.ok; ++i)
      if (view.get(field.at + 2 * i, 2) == kUnassociated)
        places.push_back(field.at + 2 * i + (view.big_endian ? 1 : 0));
  });
  return places;
}

/// The same file with its alpha called associated, so that the decoder leaves the colours alone.
Bytes with_colours_kept(std::span<const std::uint8_t> bytes) {
  constexpr std::uint8_t kAssociated = 1;
  Bytes changed(bytes.begin(), bytes.end());
  for (const std::size_t at : separate_alpha(bytes)) changed[at] = kAssociated;
  return changed;
}

/// IGNORE_ORIENTATION: versions of OpenCV differ in the formats whose EXIF they honour.
cv::Mat decode_stored(std::span<const std::uint8_t> bytes, const std::string& format) {
  constexpr int flags = cv::IMREAD_COLOR | cv::IMREAD_ANYDEPTH | cv::IMREAD_IGNORE_ORIENTATION;
  const cv::Mat encoded(1, int(bytes.size()), CV_8U, const_cast<std::uint8_t*>(bytes.data()));
  cv::Mat image;
  try {
    image = cv::imdecode(encoded, flags);
  } catch (const cv::Exception& error) {
    throw Unreadable("cannot be decoded as a " + format + ": " + error.err);
  }
  if (image.empty()) throw Unreadable("is a " + format + " that is damaged or of a kind not read");
  return image;
}

cv::Mat to_bytes(const cv::Mat& image) {
  if (image.depth() == CV_8U) return image;
  if (image.depth() != CV_16U)
    throw Unreadable("holds floating-point or signed pixels: only 8 and 16 bits are read");
  cv::Mat bytes;
  image.convertTo(bytes, CV_8U, 1 / 257.0);
  return bytes;
}

/// Orientations 5 to 8 are transposed; what remains is a flip about one axis or both.
cv::Mat upright(const cv::Mat& stored, int orientation) {
  constexpr int both = -1, rows = 0, columns = 1, none = 2;
  constexpr int flips[] = {none, none, columns, both, rows, none, columns, both, rows};
  cv::Mat image = stored;
  if (orientation >= 5) cv::transpose(stored, image);
  if (flips[orientation] != none) cv::flip(image, image, flips[orientation]);
  return image;
}

}  // namespace

void quiet_opencv() {
  static std::once_flag once;
  std::call_once(once, [] {
    cv::utils::logging::setLogLevel(cv::utils::logging::LOG_LEVEL_SILENT);
    cv::setNumThreads(
        1);  // images are decoded side by side; threads within one only get in the way
  });
}

cv::Mat decode_image(std::span<const std::uint8_t> bytes) {
  quiet_opencv();
  const ImageFormat format = image_format(bytes);
  if (format == ImageFormat::unknown)
    throw Unreadable("is not an image: JPEG, PNG, BMP, TIFF and WebP are read");
  require_complete(format, bytes);
  const cv::Mat stored = format == ImageFormat::tiff
                             ? decode_stored(with_colours_kept(bytes), format_name(format))
                             : decode_stored(bytes, format_name(format));
  return upright(to_bytes(stored), exif_orientation(format, bytes));
}

}  // namespace rfmap
