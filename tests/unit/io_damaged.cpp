#include <algorithm>

#include <gmock/gmock.h>

#include "rfmap/error.h"

#include "io_samples.h"

namespace rfmap {
namespace {

using testing::AllOf;
using testing::HasSubstr;
using testing::StartsWith;

class DamagedImage : public IoTest {
 protected:
  std::string problem(const std::string& path) const {
    const LoadedImage loaded = load_image({path}, plain({8, 8}), 3);
    EXPECT_EQ(loaded.crop.pixels.empty(), !loaded.problem.empty()) << path;
    return loaded.problem;
  }
};

TEST_F(DamagedImage, FilesCutShortAreNamedWithTheReason) {
  const cv::Mat image = random_image(64, 64, CV_8UC3);
  int cases = 0;
  for (const std::string extension : {".jpg", ".png", ".bmp", ".tif", ".webp"}) {
    const Bytes whole = encode(extension, image);
    EXPECT_EQ(problem(write("whole" + extension, whole)), "");
    for (const std::size_t kept : {whole.size() / 2, whole.size() - 2, std::size_t(40)}) {
      const std::string path =
          write("cut" + extension, Bytes(whole.begin(), whole.begin() + long(kept)));
      EXPECT_THAT(problem(path),
                  AllOf(StartsWith(path + " is a "), testing::ContainsRegex("cut short|damaged")))
          << kept << " of " << whole.size();
      ++cases;
    }
  }
  EXPECT_EQ(cases, 15);
}

TEST_F(DamagedImage, AThumbnailsEndMarkerDoesNotHideACut) {
  Bytes jpeg = encode(".jpg", random_image(64, 64, CV_8UC3));
  const Bytes thumbnail = encode(".jpg", random_image(8, 8, CV_8UC3));
  Bytes segment{0xFF, 0xE1};
  append(segment, big_endian(std::uint32_t(2 + thumbnail.size()), 2));
  append(segment, thumbnail);
  jpeg.insert(jpeg.begin() + 2, segment.begin(), segment.end());
  EXPECT_EQ(problem(write("whole.jpg", jpeg)), "");
  jpeg.resize(jpeg.size() - 500);
  EXPECT_THAT(problem(write("cut.jpg", jpeg)), HasSubstr("end marker"));
}

TEST_F(DamagedImage, AJpegThatADecoderWouldRepairIsNamed) {
  const Bytes whole = encode(".jpg", random_image(64, 64, CV_8UC3));
  const auto lose = [&](double from, double to) {
    Bytes jpeg(whole.begin(), whole.begin() + long(from * double(whole.size())));
    jpeg.insert(jpeg.end(), whole.begin() + long(to * double(whole.size())), whole.end());
    return jpeg;
  };
  testing::internal::CaptureStderr();
  const std::string middle = problem(write("middle.jpg", lose(0.5, 0.7)));
  Bytes half = lose(0.5, 1);
  append(half, Bytes{0xFF, 0xD9});
  const std::string end = problem(write("end.jpg", half));
  EXPECT_EQ(testing::internal::GetCapturedStderr(), "");
  EXPECT_THAT(middle, HasSubstr("middle.jpg is a damaged JPEG: "));
  EXPECT_THAT(end, HasSubstr("end.jpg is a damaged JPEG: Corrupt JPEG data: premature end"));
  Bytes more = whole;  // bytes before the end marker: common, and nothing is lost
  more.insert(more.end() - 2, {1, 2, 3});
  EXPECT_EQ(problem(write("more.jpg", more)), "");
}

TEST_F(DamagedImage, DamageHasAStatusOfItsOwn) {
  const auto status = [&](const std::string& path) {
    return load_image({path}, plain({8, 8}), 3).status;
  };
  const Bytes jpeg = encode(".jpg", random_image(64, 64, CV_8UC3));
  const Bytes half(jpeg.begin(), jpeg.begin() + long(jpeg.size() / 2));
  Bytes repaired = half;
  append(repaired, Bytes{0xFF, 0xD9});
  Bytes png = encode(".png", random_image(64, 64, CV_8UC3));
  EXPECT_EQ(status(write("whole.jpg", jpeg)), ImageStatus::read);
  EXPECT_EQ(status(write("whole.png", png)), ImageStatus::read);
  png[png.size() / 2] ^= 1;
  EXPECT_EQ(status(write("half.jpg", half)), ImageStatus::damaged);
  EXPECT_EQ(status(write("repaired.jpg", repaired)), ImageStatus::damaged);
  EXPECT_EQ(status(write("wrong.png", png)), ImageStatus::damaged);
  EXPECT_EQ(status(write("text.jpg", "no photograph")), ImageStatus::skipped);
  EXPECT_EQ(status((folder / "missing.jpg").string()), ImageStatus::skipped);
}

/// Libraries would print lines that name no file.
TEST_F(DamagedImage, HarmlessOdditiesAreReadWithoutALineOfALibrary) {
  const cv::Mat image = random_image(16, 16, CV_8UC3);
  const Bytes jpeg = encode(".jpg", image), png = encode(".png", image);
  const Bytes tables{0xFF, 0xC4};
  Bytes odd_jpeg = jpeg;
  odd_jpeg.insert(std::search(odd_jpeg.begin(), odd_jpeg.end(), tables.begin(), tables.end()),
                  {1, 2, 3});
  Bytes profile{'i', 'C', 'C', 'P', 'x', 0, 0, 1}, chunk = big_endian(4, 4);
  append(chunk, profile);
  append(chunk, big_endian(std::uint32_t(crc32(0, profile.data(), uInt(profile.size()))), 4));
  Bytes odd_png = png;
  odd_png.insert(odd_png.begin() + 8 + 25, chunk.begin(), chunk.end());
  const auto pixels = [&](const std::string& name, const Bytes& bytes) {
    return load_image({write(name, bytes)}, plain({16, 16}), 3).crop.pixels;
  };
  testing::internal::CaptureStderr();
  const Bytes from_jpeg = pixels("odd.jpg", odd_jpeg), from_png = pixels("odd.png", odd_png);
  EXPECT_EQ(testing::internal::GetCapturedStderr(), "");
  EXPECT_EQ(from_jpeg, pixels("whole.jpg", jpeg));
  EXPECT_EQ(from_png, planes_of(image));
}

void put(Bytes& bytes, std::size_t at, const Bytes& value) {
  std::copy(value.begin(), value.end(), bytes.begin() + std::ptrdiff_t(at));
}

/// A small image whose header states 60000 x 50000 pixels.
Bytes bomb(const std::string& extension) {
  Bytes image = encode(extension, random_image(16, 16, CV_8UC3));
  const Bytes width = big_endian(60000, 2), height = big_endian(50000, 2);
  const Bytes little_width{0x60, 0xEA, 0, 0}, little_height{0x50, 0xC3, 0, 0};
  if (extension == ".png") {
    put(image, 16, big_endian(60000, 4));
    put(image, 20, big_endian(50000, 4));
    put(image, 29, big_endian(std::uint32_t(crc32(0, image.data() + 12, 17)), 4));
  } else if (extension == ".jpg") {
    const Bytes frame{0xFF, 0xC0};
    const auto at = std::search(image.begin(), image.end(), frame.begin(), frame.end());
    put(image, std::size_t(at - image.begin()) + 5, height);
    put(image, std::size_t(at - image.begin()) + 7, width);
  } else if (extension == ".bmp") {
    put(image, 18, little_width);
    put(image, 22, little_height);
  } else {  // TIFF, little-endian: the fields of its directory begin with tag and type
    for (std::size_t at = 4; at + 12 <= image.size(); ++at) {
      const bool is_width = image[at] == 0 && image[at + 1] == 1;
      const bool is_height = image[at] == 1 && image[at + 1] == 1;
      const bool field = image[at + 2] == 3 && image[at + 3] == 0 && image[at + 4] == 1 &&
                         image[at + 5] == 0 && image[at + 8] == 16;
      if (field && is_width) put(image, at + 8, little_width);
      if (field && is_height) put(image, at + 8, little_height);
    }
  }
  return image;
}

TEST_F(DamagedImage, ABombIsRefusedByItsHeader) {
  for (const std::string extension : {".jpg", ".png", ".bmp", ".tif"}) {
    const std::string path = write("bomb" + extension, bomb(extension));
    EXPECT_THAT(problem(path), AllOf(StartsWith(path + " is a "),
                                     HasSubstr("of 60000 x 50000 pixels: images of more than 268 "
                                               "megapixels are not read")));
    EXPECT_EQ(load_image({path}, plain({8, 8}), 3).status, ImageStatus::skipped);
  }
}

TEST_F(DamagedImage, AWrongChecksumIsFound) {
  Bytes png = encode(".png", random_image(64, 64, CV_8UC3));
  png[png.size() / 2] ^= 1;
  EXPECT_THAT(problem(write("a.png", png)), HasSubstr("checksum"));
}

TEST_F(DamagedImage, ABrokenHeaderDoesNotEndTheProgram) {
  for (const std::string extension : {".jpg", ".bmp", ".tif", ".webp"}) {
    const Bytes whole = encode(extension, random_image(32, 32, CV_8UC3));
    for (std::size_t at = 3; at < std::min<std::size_t>(whole.size(), 200); ++at) {
      Bytes broken = whole;
      broken[at] ^= 0xFF;
      problem(write("broken" + extension, broken));
    }
  }
}

TEST_F(DamagedImage, WhatIsNoImageIsSaidToBeNone) {
  const std::string empty = write("empty.jpg", Bytes{}), text = write("text.jpg", "no photograph");
  const std::string missing = (folder / "missing.jpg").string();
  EXPECT_EQ(problem(empty), empty + " is empty");
  EXPECT_THAT(problem(text), StartsWith(text + " is not an image: JPEG"));
  EXPECT_EQ(problem(missing), missing + " does not exist");
  EXPECT_EQ(problem(folder.string()), folder.string() + " is a folder, not an image");
  EXPECT_EQ(problem("/dev/zero"), "/dev/zero is not a regular file");
}

TEST_F(DamagedImage, SmallerThanTheCropNamesBothSizes) {
  const std::string path = write("a.png", encode(".png", random_image(20, 7, CV_8UC3)));
  const std::string sentence = problem(path);
  EXPECT_THAT(sentence, StartsWith(path));
  EXPECT_THAT(sentence, HasSubstr("20 x 7"));
  EXPECT_THAT(sentence, HasSubstr("8 x 8"));
  EXPECT_EQ(load_image({path}, plain({8, 8}), 3).original, (Size{20, 7}));
}

TEST_F(DamagedImage, FloatingPointIsRefused) {
  const std::string path =
      write("a.tif", encode(".tif", cv::Mat(16, 16, CV_32FC3, cv::Scalar::all(0.5))));
  EXPECT_THAT(problem(path), AllOf(StartsWith(path), HasSubstr("floating-point")));
}

}  // namespace
}  // namespace rfmap
