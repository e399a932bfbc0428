#include <cstdint>

#include <zlib.h>

#include "io/decode.h"
#include "io_samples.h"

namespace rfmap {
using namespace io;
namespace {

constexpr int kSide = 16;  // side of a patch of one colour: JPEG's blocks stay flat

/// 3 x 2 patches of six colours, upright.
cv::Mat upright_image() {
  const cv::Vec3b colours[2][3] = {{{20, 20, 230}, {20, 220, 20}, {230, 30, 30}},
                                   {{240, 240, 240}, {10, 10, 10}, {20, 220, 220}}};
  cv::Mat image(2 * kSide, 3 * kSide, CV_8UC3);
  for (int y = 0; y < image.rows; ++y)
    for (int x = 0; x < image.cols; ++x) image.at<cv::Vec3b>(y, x) = colours[y / kSide][x / kSide];
  return image;
}

/// The image that a camera stores so that `orientation` shows `u`: EXIF's table of the sides of row
/// 0 and column 0, pixel by pixel.
cv::Mat stored_image(const cv::Mat& u, int orientation) {
  const int h = u.rows, w = u.cols;
  const bool sideways = orientation >= 5;
  cv::Mat s(sideways ? w : h, sideways ? h : w, CV_8UC3);
  for (int r = 0; r < s.rows; ++r)
    for (int c = 0; c < s.cols; ++c) {
      const cv::Point from[] = {
          {},     {c, r},         {w - 1 - c, r},         {w - 1 - c, h - 1 - r}, {c, h - 1 - r},
          {r, c}, {w - 1 - r, c}, {w - 1 - r, h - 1 - c}, {r, h - 1 - c}};
      s.at<cv::Vec3b>(r, c) = u.at<cv::Vec3b>(from[orientation]);
    }
  return s;
}

Bytes exif_block(int orientation) {
  return tiff_structure({{0x0112, 3, 1, std::uint32_t(orientation), {}}});
}

Bytes jpeg_file(const cv::Mat& stored, int orientation) {
  Bytes jpeg = encode(".jpg", stored, {cv::IMWRITE_JPEG_QUALITY, 98});
  Bytes segment{0xFF, 0xE1};
  const Bytes block = exif_block(orientation);
  append(segment, big_endian(std::uint32_t(2 + 6 + block.size()), 2));
  append(segment, {'E', 'x', 'i', 'f', 0, 0});
  append(segment, block);
  jpeg.insert(jpeg.begin() + 2, segment.begin(), segment.end());
  return jpeg;
}

Bytes png_file(const cv::Mat& stored, int orientation) {
  Bytes png = encode(".png", stored), typed{'e', 'X', 'I', 'f'};
  append(typed, exif_block(orientation));
  Bytes chunk = big_endian(std::uint32_t(typed.size() - 4), 4);
  append(chunk, typed);
  append(chunk, big_endian(std::uint32_t(crc32(0, typed.data(), uInt(typed.size()))), 4));
  constexpr std::size_t after_header = 8 + 25;
  png.insert(png.begin() + after_header, chunk.begin(), chunk.end());
  return png;
}

/// The extended form: RIFF, WEBP, VP8X with the EXIF flag, the simple form's chunk, EXIF.
Bytes webp_file(const cv::Mat& stored, int orientation) {
  const auto little = [](std::uint32_t value, int count) {
    const Bytes big = big_endian(value, count);
    return Bytes(big.rbegin(), big.rend());
  };
  const Bytes simple = encode(".webp", stored, {cv::IMWRITE_WEBP_QUALITY, 101});
  Bytes exif = exif_block(orientation), body{'W', 'E', 'B', 'P', 'V', 'P', '8', 'X'};
  append(body, little(10, 4));
  append(body, {0x08, 0, 0, 0});
  append(body, little(std::uint32_t(stored.cols - 1), 3));
  append(body, little(std::uint32_t(stored.rows - 1), 3));
  append(body, Bytes(simple.begin() + 12, simple.end()));
  append(body, {'E', 'X', 'I', 'F'});
  append(body, little(std::uint32_t(exif.size()), 4));
  append(body, exif);
  Bytes file{'R', 'I', 'F', 'F'};
  append(file, little(std::uint32_t(body.size()), 4));
  append(file, body);
  return file;
}

Bytes tiff_file(const cv::Mat& stored, int orientation) {
  Bytes rgb;
  for (int y = 0; y < stored.rows; ++y)
    for (int x = 0; x < stored.cols; ++x)
      for (int c = 2; c >= 0; --c) rgb.push_back(stored.at<cv::Vec3b>(y, x)[c]);
  const auto rows = std::uint32_t(stored.rows), columns = std::uint32_t(stored.cols);
  return tiff_structure({{256, 3, 1, columns, {}},
                         {257, 3, 1, rows, {}},
                         {258, 3, 3, 0, {0, 8, 0, 8, 0, 8}},
                         {259, 3, 1, 1, {}},
                         {262, 3, 1, 2, {}},
                         {273, 4, 1, 0, {}},
                         {274, 3, 1, std::uint32_t(orientation), {}},
                         {277, 3, 1, 3, {}},
                         {278, 3, 1, rows, {}},
                         {279, 4, 1, std::uint32_t(rgb.size()), {}}},
                        rgb);
}

/// The middle pixels of the patches, away from JPEG's blurred edges.
Bytes patch_colours(const cv::Mat& image) {
  Bytes colours;
  for (int y = kSide / 2; y < image.rows; y += kSide)
    for (int x = kSide / 2; x < image.cols; x += kSide)
      for (int c = 0; c < 3; ++c) colours.push_back(image.at<cv::Vec3b>(y, x)[c]);
  return colours;
}

struct Writer {
  const char* name;
  Bytes (*file)(const cv::Mat&, int);
  bool lossless;
};

TEST(Orientation, IsHonouredOnceInEveryFormatThatStatesIt) {
  const cv::Mat upright = upright_image();
  const Writer writers[] = {{"jpeg", jpeg_file, false},
                            {"png", png_file, true},
                            {"webp", webp_file, true},
                            {"tiff", tiff_file, true}};
  int cases = 0;
  for (const Writer& writer : writers)
    for (int orientation = 1; orientation <= 8; ++orientation, ++cases) {
      SCOPED_TRACE(writer.name + std::to_string(orientation));
      const cv::Mat stored = stored_image(upright, orientation);
      const cv::Mat decoded = decode_image(writer.file(stored, orientation));
      ASSERT_EQ(decoded.size(), upright.size());
      EXPECT_LE(worst_difference(patch_colours(decoded), patch_colours(upright)),
                writer.lossless ? 0 : 12);
      if (writer.lossless) {
        EXPECT_EQ(planes_of(decoded), planes_of(upright));
      }
    }
  EXPECT_EQ(cases, 32);
}

TEST(Orientation, NonsenseIsTakenAsUpright) {
  const cv::Mat image = upright_image();
  for (const int orientation : {0, 9, 600})
    EXPECT_EQ(planes_of(decode_image(png_file(image, orientation))), planes_of(image))
        << orientation;
}

}  // namespace
}  // namespace rfmap
