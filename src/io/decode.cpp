#include "io/decode.h"

#include <bit>
#include <mutex>
#include <new>
#include <string>
#include <vector>

#include <fmt/format.h>
#include <opencv2/core/utils/logger.hpp>
#include <opencv2/imgcodecs.hpp>

#include "io/byte_order.h"
#include "io/extents.h"
#include "io/files.h"
#include "io/format.h"

namespace rfmap::io {
namespace {

constexpr std::uint32_t kPhotometric = 262;  // a tag of TIFF

/// A TIFF as passed to the decoder.
struct PreparedTiff {
  Bytes bytes;
  bool white_is_zero = false;  ///< the decoded values must be inverted
};

/// Changes two tags: separate alpha becomes associated alpha, because libtiff would multiply it
/// into the colours; white-is-zero becomes black-is-zero, because OpenCV honours it at 8 bits only.
PreparedTiff prepare_tiff(std::span<const std::uint8_t> bytes) {
  constexpr std::uint32_t kShort = 3, kExtraSamples = 338;
  constexpr std::uint8_t kBlackIsZero = 1, kUnassociated = 2, kAssociated = 1;
  PreparedTiff tiff{{bytes.begin(), bytes.end()}};
  for_each_tiff_field(bytes, [&](ByteView& view, const TiffField& field) {
    if (field.type != kShort) return;
    const std::size_t low = view.order == std::endian::big ? 1 : 0;
    if (field.tag == kPhotometric && view.get(field.at, 2) == 0 && view.ok) {
      tiff.white_is_zero = true;
      tiff.bytes[field.at + low] = kBlackIsZero;
    }
    if (field.tag != kExtraSamples) return;
    for (std::size_t i = 0; i < field.count && view.ok; ++i)
      if (view.get(field.at + 2 * i, 2) == kUnassociated)
        tiff.bytes[field.at + 2 * i + low] = kAssociated;
  });
  return tiff;
}

/// Decoders do not tell a lack of memory from a damaged image.
bool memory_left() {
  constexpr std::size_t kProbe = 1 << 24;
  void* const probe = ::operator new(kProbe, std::nothrow);
  ::operator delete(probe);
  return probe != nullptr;
}

/// IGNORE_ORIENTATION: versions of OpenCV differ in the formats whose EXIF they honour.
cv::Mat decode_stored(std::span<const std::uint8_t> bytes, const std::string& format) {
  constexpr int flags = cv::IMREAD_COLOR | cv::IMREAD_ANYDEPTH | cv::IMREAD_IGNORE_ORIENTATION;
  const cv::Mat encoded(1, int(bytes.size()), CV_8U, const_cast<std::uint8_t*>(bytes.data()));
  cv::Mat image;
  try {
    image = cv::imdecode(encoded, flags);
  } catch (const cv::Exception& error) {
    if (error.code == cv::Error::StsNoMem || !memory_left()) throw std::bad_alloc();
    throw Unreadable("cannot be decoded as a " + format + ": " + error.err);
  }
  if (image.empty() && !memory_left()) throw std::bad_alloc();
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

/// Kinds of more than 8 bits of which OpenCV makes other colours without an error.
void refuse_mistaken_tiff(std::span<const std::uint8_t> bytes) {
  constexpr std::uint32_t kBits = 258, kSamples = 277, kPlanes = 284;
  constexpr std::uint32_t kRgb = 2, kSeparate = 2, kLogL = 32844;  // and above: refused as floats
  std::uint32_t bits = 1, photometric = 0, samples = 1, planes = 1;
  for_each_tiff_field(bytes, [&](ByteView& view, const TiffField& field) {
    const std::uint32_t value = view.get(field.at, field.type == 1 ? 1 : field.type == 3 ? 2 : 4);
    if (field.tag == kBits) bits = value;
    if (field.tag == kPhotometric) photometric = value;
    if (field.tag == kSamples) samples = value;
    if (field.tag == kPlanes) planes = value;
  });
  if (bits <= 8) return;
  if (planes == kSeparate && samples > 1)
    throw Unreadable(fmt::format(
        "is a TIFF of {} bits with a plane for each channel, which is not read: save it with "
        "interleaved channels",
        bits));
  if (photometric > kRgb && photometric < kLogL)
    throw Unreadable(
        fmt::format("is a TIFF of {} bits in colours that are neither grey nor RGB (photometric "
                    "interpretation {}), which is not read: save it as RGB",
                    bits, photometric));
}

cv::Mat decode_tiff(std::span<const std::uint8_t> bytes) {
  refuse_mistaken_tiff(bytes);
  const PreparedTiff tiff = prepare_tiff(bytes);
  cv::Mat image = decode_stored(tiff.bytes, format_name(ImageFormat::tiff));
  if (tiff.white_is_zero) cv::bitwise_not(image, image);
  return image;
}

/// Without the decoder's remarks on standard error.
cv::Mat decode_quietly(std::span<const std::uint8_t> bytes, ImageFormat format) {
  if (format == ImageFormat::tiff) return decode_tiff(bytes);
  Bytes quiet;
  if (format == ImageFormat::jpeg) quiet = sound_jpeg(bytes);
  if (format == ImageFormat::png) quiet = bare_png(bytes);
  return decode_stored(quiet.empty() ? bytes : quiet, format_name(format));
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
    cv::setNumThreads(1);  // images are decoded in parallel; threads within one would only compete
  });
}

cv::Mat decode_image(std::span<const std::uint8_t> bytes) {
  quiet_opencv();
  const ImageFormat format = image_format(bytes);
  if (format == ImageFormat::unknown)
    throw Unreadable("is not an image: JPEG, PNG, BMP, TIFF and WebP are read");
  require_decodable_size(format, bytes);
  require_complete(format, bytes);
  return upright(to_bytes(decode_quietly(bytes, format)), exif_orientation(format, bytes));
}

}  // namespace rfmap::io
