#include <gmock/gmock.h>

#include "io/decode.h"
#include "io/files.h"
#include "io_samples.h"

namespace rfmap {
using namespace io;
namespace {

constexpr int kLosslessWebp = 101;  // OpenCV: qualities above 100

Bytes encode_lossless(const std::string& extension, const cv::Mat& image) {
  return encode(extension, image, {cv::IMWRITE_WEBP_QUALITY, kLosslessWebp});
}

TEST(Decode, LosslessFormatsGiveTheirPixels) {
  const cv::Mat image = random_image(9, 7, CV_8UC3);
  int cases = 0;
  for (const char* extension : {".png", ".bmp", ".tif", ".webp"}) {
    const cv::Mat decoded = decode_image(encode_lossless(extension, image));
    ASSERT_EQ(decoded.type(), CV_8UC3) << extension;
    EXPECT_EQ(planes_of(decoded), planes_of(image)) << extension;
    ++cases;
  }
  EXPECT_EQ(cases, 4);
}

TEST(Decode, JpegIsCloseOnASmoothImage) {
  cv::Mat image(32, 48, CV_8UC3);
  for (int y = 0; y < 32; ++y)
    for (int x = 0; x < 48; ++x)
      image.at<cv::Vec3b>(y, x) = {std::uint8_t(60 + 2 * y), std::uint8_t(40 + 3 * x), 90};
  for (const int progressive : {0, 1}) {
    const Bytes jpeg = encode(
        ".jpg", image, {cv::IMWRITE_JPEG_QUALITY, 98, cv::IMWRITE_JPEG_PROGRESSIVE, progressive});
    EXPECT_LE(worst_difference(planes_of(decode_image(jpeg)), planes_of(image)), 6) << progressive;
  }
}

TEST(Decode, GreyFilesGiveThreeEqualChannels) {
  const cv::Mat grey = random_image(8, 11, CV_8UC1);
  const cv::Mat repeated[] = {grey, grey, grey};
  cv::Mat want;
  cv::merge(repeated, 3, want);
  for (const char* extension : {".png", ".bmp", ".tif"})
    EXPECT_EQ(planes_of(decode_image(encode(extension, grey))), planes_of(want)) << extension;
  const Bytes jpeg = planes_of(decode_image(encode(".jpg", grey)));
  const std::size_t area = 8 * 11;
  EXPECT_EQ(Bytes(jpeg.begin(), jpeg.begin() + area),
            Bytes(jpeg.begin() + area, jpeg.begin() + 2 * area));
}

TEST(Decode, AlphaIsDroppedWithoutBlending) {
  const cv::Mat image = random_image(6, 5, CV_8UC4, 1, 256);
  std::vector<cv::Mat> planes;
  cv::split(image, planes);
  planes.pop_back();
  cv::Mat want;
  cv::merge(planes, want);
  for (const char* extension : {".png", ".webp", ".bmp"})
    EXPECT_EQ(planes_of(decode_image(encode_lossless(extension, image))), planes_of(want))
        << extension;
}

// OpenCV's TIFFs do not say what the fourth channel is, so this one is made by hand.
TEST(Decode, TiffAlphaOfEitherKindIsDropped) {
  int cases = 0;
  for (const std::uint32_t kind : {1u, 2u}) {  // associated, unassociated
    Bytes rgba;
    for (int i = 0; i < 6; ++i) append(rgba, {std::uint8_t(200 + i), 100, 50, 64});
    const Bytes tiff = tiff_structure({{256, 3, 1, 3, {}},
                                       {257, 3, 1, 2, {}},
                                       {258, 3, 4, 0, {0, 8, 0, 8, 0, 8, 0, 8}},
                                       {259, 3, 1, 1, {}},
                                       {262, 3, 1, 2, {}},
                                       {273, 4, 1, 0, {}},
                                       {277, 3, 1, 4, {}},
                                       {278, 3, 1, 2, {}},
                                       {279, 4, 1, 24, {}},
                                       {338, 3, 1, kind, {}}},
                                      rgba);
    const Bytes want{50,  50,  50,  50,  50,  50,  100, 100, 100,
                     100, 100, 100, 200, 201, 202, 203, 204, 205};
    EXPECT_EQ(planes_of(decode_image(tiff)), want) << kind;
    ++cases;
  }
  EXPECT_EQ(cases, 2);
}

TEST(Decode, SixteenBitsAreScaledToEight) {
  const cv::Mat wide = random_image(5, 9, CV_16UC3, 0, 65536);
  Bytes want;
  for (int c = 0; c < 3; ++c)
    for (int y = 0; y < 5; ++y)
      for (int x = 0; x < 9; ++x)
        want.push_back(std::uint8_t((wide.at<cv::Vec3w>(y, x)[c] + 128) / 257));
  for (const char* extension : {".png", ".tif"})
    EXPECT_EQ(planes_of(decode_image(encode(extension, wide))), want) << extension;

  const cv::Mat grey(1, 2, CV_16UC1, cv::Scalar(65535));
  EXPECT_EQ(planes_of(decode_image(encode(".png", grey))), Bytes(6, 255));
}

TEST(Decode, TiffWithWhiteAsZeroIsInverted) {
  int cases = 0;
  for (const std::uint32_t bits : {8u, 16u})
    for (const std::uint32_t photometric : {0u, 1u}) {
      const Bytes pixels = bits == 8 ? Bytes{0, 10, 255} : Bytes{0, 0, 0, 0xA, 0xFF, 0xFF};
      const Bytes tiff = tiff_structure({{256, 3, 1, 3, {}},
                                         {257, 3, 1, 1, {}},
                                         {258, 3, 1, bits, {}},
                                         {259, 3, 1, 1, {}},
                                         {262, 3, 1, photometric, {}},
                                         {273, 4, 1, 0, {}},
                                         {277, 3, 1, 1, {}},
                                         {278, 3, 1, 1, {}},
                                         {279, 4, 1, std::uint32_t(pixels.size()), {}}},
                                        pixels);
      const std::uint8_t dark = bits == 8 ? 10 : 0;  // 10 of 65535 is 0 of 255
      const Bytes row =
          photometric == 0 ? Bytes{255, std::uint8_t(255 - dark), 0} : Bytes{0, dark, 255};
      Bytes want = row;
      append(want, row);
      append(want, row);
      EXPECT_EQ(planes_of(decode_image(tiff)), want) << bits << ' ' << photometric;
      ++cases;
    }
  EXPECT_EQ(cases, 4);
}

/// Two RGB pixels, a plane for each channel or (planes 1) interleaved.
Bytes tiff_of_two(int bits, std::uint32_t planes, std::uint32_t photometric, const Bytes& pixels) {
  const auto depth = std::uint8_t(bits);
  const std::uint32_t start = 8 + 2 + 10 * 12 + 4 + 30, plane = std::uint32_t(2 * bits / 8);
  TiffEntry places{273, 4, 1, 0, {}}, lengths{279, 4, 1, std::uint32_t(pixels.size()), {}};
  if (planes == 2) {
    places.count = lengths.count = 3;
    for (std::uint32_t c = 0; c < 3; ++c) {
      append(places.far, big_endian(start + c * plane, 4));
      append(lengths.far, big_endian(plane, 4));
    }
  }
  return tiff_structure({{256, 3, 1, 2, {}},
                         {257, 3, 1, 1, {}},
                         {258, 3, 3, 0, {0, depth, 0, depth, 0, depth}},
                         {259, 3, 1, 1, {}},
                         {262, 3, 1, photometric, {}},
                         places,
                         {277, 3, 1, 3, {}},
                         {278, 3, 1, 1, {}},
                         lengths,
                         {284, 3, 1, planes, {}}},
                        pixels);
}

TEST(Decode, TiffWithAPlaneForEachChannelIsReadAt8BitsAndRefusedAt16) {
  constexpr std::uint32_t rgb = 2, lab = 8;
  const Bytes red_first{10, 20, 30, 40, 50, 60}, blue_first{50, 60, 30, 40, 10, 20};
  EXPECT_EQ(planes_of(decode_image(tiff_of_two(8, 2, rgb, red_first))), blue_first);
  const auto reason = [](const Bytes& tiff) -> std::string {
    try {
      decode_image(tiff);
    } catch (const Unreadable& error) {
      return error.what();
    }
    return "decoded";
  };
  const Bytes wide(12, 99);
  EXPECT_EQ(reason(tiff_of_two(16, 1, rgb, wide)), "decoded");
  EXPECT_THAT(reason(tiff_of_two(16, 2, rgb, wide)),
              testing::StartsWith("is a TIFF of 16 bits with a plane for each channel"));
  EXPECT_THAT(reason(tiff_of_two(16, 1, lab, wide)), testing::HasSubstr("neither grey nor RGB"));
}

// The 4 x 1 PNG with a palette, one of its entries fully transparent.
TEST(Decode, PaletteGivesItsColours) {
  const Bytes png{
      0x89, 0x50, 0x4E, 0x47, 0x0D, 0x0A, 0x1A, 0x0A, 0x00, 0x00, 0x00, 0x0D, 0x49, 0x48, 0x44,
      0x52, 0x00, 0x00, 0x00, 0x04, 0x00, 0x00, 0x00, 0x01, 0x02, 0x03, 0x00, 0x00, 0x00, 0x84,
      0x52, 0xE7, 0x5E, 0x00, 0x00, 0x00, 0x0C, 0x50, 0x4C, 0x54, 0x45, 0xFF, 0x00, 0x00, 0x00,
      0xFF, 0x00, 0x0A, 0x14, 0x1E, 0xC8, 0x64, 0x32, 0xF7, 0x7C, 0x4A, 0x46, 0x00, 0x00, 0x00,
      0x02, 0x74, 0x52, 0x4E, 0x53, 0xFF, 0x00, 0xE5, 0xB7, 0x30, 0x4A, 0x00, 0x00, 0x00, 0x0A,
      0x49, 0x44, 0x41, 0x54, 0x78, 0x9C, 0x63, 0x90, 0x06, 0x00, 0x00, 0x1D, 0x00, 0x1C, 0x8E,
      0xF4, 0xF5, 0x21, 0x00, 0x00, 0x00, 0x00, 0x49, 0x45, 0x4E, 0x44, 0xAE, 0x42, 0x60, 0x82};
  const Bytes blue_green_red{0, 0, 30, 50, 0, 255, 20, 100, 255, 0, 10, 200};
  EXPECT_EQ(planes_of(decode_image(png)), blue_green_red);
}

// An 8 x 8 CMYK JPEG with Adobe's inverted values, all of one colour: red 0, green 191, blue 95.
TEST(Decode, CmykJpegGivesItsColour) {
  const Bytes jpeg{
      0xFF, 0xD8, 0xFF, 0xEE, 0x00, 0x0E, 0x41, 0x64, 0x6F, 0x62, 0x65, 0x00, 0x64, 0x00, 0x00,
      0x00, 0x00, 0x00, 0xFF, 0xDB, 0x00, 0x43, 0x00, 0x03, 0x02, 0x02, 0x03, 0x02, 0x02, 0x03,
      0x03, 0x03, 0x03, 0x04, 0x03, 0x03, 0x04, 0x05, 0x08, 0x05, 0x05, 0x04, 0x04, 0x05, 0x0A,
      0x07, 0x07, 0x06, 0x08, 0x0C, 0x0A, 0x0C, 0x0C, 0x0B, 0x0A, 0x0B, 0x0B, 0x0D, 0x0E, 0x12,
      0x10, 0x0D, 0x0E, 0x11, 0x0E, 0x0B, 0x0B, 0x10, 0x16, 0x10, 0x11, 0x13, 0x14, 0x15, 0x15,
      0x15, 0x0C, 0x0F, 0x17, 0x18, 0x16, 0x14, 0x18, 0x12, 0x14, 0x15, 0x14, 0xFF, 0xC0, 0x00,
      0x14, 0x08, 0x00, 0x08, 0x00, 0x08, 0x04, 0x43, 0x11, 0x00, 0x4D, 0x11, 0x00, 0x59, 0x11,
      0x00, 0x4B, 0x11, 0x00, 0xFF, 0xC4, 0x00, 0x16, 0x00, 0x01, 0x01, 0x01, 0x00, 0x00, 0x00,
      0x00, 0x00, 0x00, 0x00, 0x00, 0x00, 0x00, 0x00, 0x00, 0x00, 0x09, 0x02, 0x08, 0xFF, 0xC4,
      0x00, 0x14, 0x10, 0x01, 0x00, 0x00, 0x00, 0x00, 0x00, 0x00, 0x00, 0x00, 0x00, 0x00, 0x00,
      0x00, 0x00, 0x00, 0x00, 0x00, 0xFF, 0xDA, 0x00, 0x0E, 0x04, 0x43, 0x00, 0x4D, 0x00, 0x59,
      0x00, 0x4B, 0x00, 0x00, 0x3F, 0x00, 0x2A, 0x8A, 0x9A, 0x1A, 0xA1, 0xFF, 0xD9};
  Bytes want(64, 95);
  want.insert(want.end(), 64, 191);
  want.insert(want.end(), 64, 0);
  EXPECT_LE(worst_difference(planes_of(decode_image(jpeg)), want), 2);
}

}  // namespace
}  // namespace rfmap
