#include <filesystem>
#include <random>

#include <gmock/gmock.h>

#include "rfmap/error.h"

#include "io_samples.h"
#include "tar_samples.h"

namespace rfmap {
namespace {

using namespace tar_samples;
using testing::AllOf;
using testing::ElementsAre;
using testing::HasSubstr;
using testing::Not;

/// A PNG of one grey, by which a test knows it again.
std::string grey(int value) {
  const Bytes bytes = encode(".png", cv::Mat(8, 8, CV_8UC3, cv::Scalar::all(value)));
  return {bytes.begin(), bytes.end()};
}

class Tar : public IoTest {
 protected:
  /// What an image of grey() holds, or -1 with its problem in `problem`.
  int value_of(const ImageRef& image) {
    const LoadedImage loaded = load_image(image, plain({8, 8}), 3);
    problem = loaded.problem;
    return problem.empty() ? int(loaded.crop.pixels.front()) : -1;
  }
  std::vector<int> values_of(const ImageList& images) {
    std::vector<int> values;
    for (const ImageRef& image : images) values.push_back(value_of(image));
    return values;
  }
  std::vector<int> values_in(const std::string& archive) {
    return values_of(list_images({write("a.tar", archive)}));
  }
  std::string refusal(const std::string& archive) const {
    try {
      list_images({write("bad.tar", archive)});
    } catch (const DataError& error) {
      return error.what();
    }
    return "accepted";
  }
  std::string problem;
};

TEST_F(Tar, MembersThatAreCalledLikeImagesAreItems) {
  const std::string path =
      write("any name", member({"set/", "", '5', ""}) + member({"set/one.PNG", grey(1)}) +
                            member({"readme.txt", "text"}) + member({"two.jpg", grey(2)}) +
                            member({"link.png", "", '2', ""}) + member({".hidden.png", grey(9)}) +
                            member({".cache/x.png", grey(9)}) + member({"./three.png", grey(3)}) +
                            member({"old.png", grey(4), '\0', ""}) + end());
  const ImageList images = list_images({path});
  ASSERT_EQ(images.size(), 4u);
  for (std::size_t i = 0; i < 4; ++i) {
    EXPECT_EQ(images[i].path, path + "#" + std::to_string(i));
    EXPECT_EQ(images[i].label, "");
  }
  EXPECT_THAT(values_of(images), ElementsAre(1, 2, 3, 4));
  EXPECT_THAT(values_of(list_images({write("list.txt", path + "#2\n" + path + "#0\n")})),
              ElementsAre(3, 1));
  EXPECT_EQ(value_of({path + "#4", ""}), -1);
  EXPECT_THAT(problem, HasSubstr("beyond the end: the file holds 4 images"));
}

TEST_F(Tar, EqualNamesAreImagesOfTheirOwn) {
  EXPECT_THAT(values_in(member({"a.png", grey(1)}) + member({"a.png", grey(2)}) + end()),
              ElementsAre(1, 2));
}

TEST_F(Tar, LongNamesOfAllKindsAreRead) {
  const std::string folders(150, 'd'), name = folders + "/" + std::string(90, 'n') + ".png";
  const std::string cut = name.substr(0, 100);  // does not end like an image
  EXPECT_THAT(
      values_in(long_name(name) + member({cut, grey(1)}) +
                pax(record("mtime", "1.5") + record("path", name)) + member({cut, grey(2)}) +
                member({std::string(90, 'n') + ".png", grey(3), '0', folders}) + end()),
      ElementsAre(1, 2, 3));
  // They hold for one member only.
  EXPECT_THAT(values_in(long_name(name) + member({cut, grey(1)}) + member({"b.txt", "x"}) + end()),
              ElementsAre(1));
}

TEST_F(Tar, SizesOfPaxAndInBase256Count) {
  const std::string image = grey(7);
  std::string large = header({"b.png", ""}, 0);
  put(large, 124,
      std::string("\x80\0\0\0\0\0\0\0", 8) +
          std::string{'\0', '\0', char(image.size() >> 8), char(image.size())});
  seal(large);
  EXPECT_THAT(values_in(pax(record("size", std::to_string(image.size()))) +
                        header({"a.png", ""}, 0) + padded(image) + large + padded(image) + end()),
              ElementsAre(7, 7));
}

TEST_F(Tar, AnArchiveMayEndWithoutItsEmptyBlocks) {
  const std::string one = member({"a.png", grey(1)});
  EXPECT_THAT(values_in(one), ElementsAre(1));
  const std::string bare = header({"a.png", ""}, grey(1).size()) + grey(1);  // not padded
  EXPECT_THAT(values_in(bare), ElementsAre(1));
  EXPECT_THAT(values_in(one + end() + member({"b.png", grey(2)})), ElementsAre(1));
}

TEST_F(Tar, LabelsAreThoseOfTheSample) {
  const ImageList images = list_images(
      {write("shard.tar", member({"s/0.cls", " 17 \nmore"}) + member({"s/0.jpg", grey(1)}) +
                              member({"s/1.left.png", grey(2)}) + member({"s/1.txt", "a caption"}) +
                              member({"s/1.right.png", grey(3)}) + member({"s/1.cls", "cat"}) +
                              member({"s/1.json", "{}"}) + member({"t/1.png", grey(4)}) + end())});
  std::vector<std::string> labels;
  for (const ImageRef& image : images) labels.push_back(image.label);
  EXPECT_THAT(labels, ElementsAre("17", "cat", "cat", ""));
  EXPECT_TRUE(images.has_labels());
  EXPECT_THAT(values_of(images), ElementsAre(1, 2, 3, 4));
  EXPECT_THAT(refusal(member({"a.cls", std::string(5000, 'x')}) + member({"a.png", grey(1)})),
              HasSubstr("label (.cls) of 5000 bytes"));
}

TEST_F(Tar, DamageIsRefused) {
  const std::string one = member({"a.png", grey(1)}), two = member({"b.png", grey(2)});
  EXPECT_THAT(refusal(one + two.substr(0, 300)), HasSubstr("cut short within a header"));
  EXPECT_THAT(refusal(one + header({"b.png", ""}, 100'000)),
              AllOf(HasSubstr("\"b.png\" is to have 100000 bytes"), HasSubstr("bad.tar")));
  EXPECT_THAT(refusal(one + header({"b.png", ""}, 077'777'777'777)), HasSubstr("the file ends"));
  std::string wrong = one + two;
  wrong[one.size()] = 'x';
  EXPECT_THAT(refusal(wrong + end()), HasSubstr("wrong checksum"));
  std::string size = header({"b.png", ""}, 0);
  for (const std::string& text :
       {std::string("not octal!! "), std::string(12, '\xFF'), std::string("99999999999\0", 12)}) {
    put(size, 124, text);
    seal(size);
    EXPECT_THAT(refusal(one + size + end()), HasSubstr("no valid size"));
  }
  EXPECT_THAT(refusal(member({"a.txt", "x"}) + end()), HasSubstr("without images"));
}

TEST_F(Tar, WrongExtensionsAreRefused) {
  const std::string one = member({"a.png", grey(1)});
  for (const std::string records : {"5 a=b\n", "999999 path=x\n", "x path=x\n", "12 path=abc",
                                    "0 \n", "6 abc\n", "99999999999999999999999 path=x\n"})
    EXPECT_THAT(refusal(one + pax(records) + one), HasSubstr("pax records")) << records;
  EXPECT_THAT(refusal(one + pax(record("size", "-1")) + one), HasSubstr("pax records"));
  EXPECT_THAT(refusal(one + pax(record("size", "18446744073709551615")) + one),
              HasSubstr("the file ends"));
  EXPECT_THAT(refusal(one + pax(record("GNU.sparse.major", "1")) + one), HasSubstr("sparse"));
  EXPECT_THAT(refusal(one + member({"s.png", "x", 'S', ""})), HasSubstr("sparse"));
  EXPECT_THAT(refusal(one + member({"x", std::string((1 << 20) + 1, 'n'), 'L', ""}) + one),
              HasSubstr("extension"));
  EXPECT_THAT(refusal(one + header({"\x1B[2Jred.png", ""}, 1 << 30)),
              AllOf(HasSubstr("\"?[2Jred.png\""), Not(HasSubstr("\x1B"))));
}

TEST_F(Tar, AnImageThatCannotBeReadIsNamed) {
  const ImageList images = list_images(
      {write("a.tar", member({"cut.png", grey(1).substr(0, 60)}) + member({"none.png", ""}) +
                          member({"text.png", "no image"}) + member({"../../up.png", grey(5)}))});
  ASSERT_EQ(images.size(), 4u);
  EXPECT_EQ(load_image(images[0], plain({8, 8}), 3).status, ImageStatus::damaged);
  EXPECT_THAT(load_image(images[0], plain({8, 8}), 3).problem, HasSubstr("a.tar#0 (cut.png) is"));
  EXPECT_THAT(load_image(images[1], plain({8, 8}), 3).problem, HasSubstr("#1 (none.png) is empty"));
  EXPECT_THAT(load_image(images[2], plain({8, 8}), 3).problem, HasSubstr("#2 (text.png) "));
  EXPECT_EQ(value_of(images[3]), 5);  // its path is never one
}

TEST_F(Tar, AChangedFileIsReadAnew) {
  const std::string path = write("a.tar", member({"a.png", grey(1)}));
  EXPECT_EQ(value_of({path + "#0", ""}), 1);
  write("a.tar", member({"b.txt", "shifted"}) + member({"a.png", grey(2)}));
  EXPECT_EQ(value_of({path + "#0", ""}), 2);
  write("a.tar", std::string("no archive any more"));
  EXPECT_EQ(value_of({path + "#0", ""}), -1);
  std::filesystem::remove(path);
  EXPECT_EQ(value_of({path + "#0", ""}), -1);
}

/// Whatever the bytes: a sentence, or images within the file.
TEST_F(Tar, RandomDamageNeverCrashes) {
  const std::string whole = long_name(std::string(120, 'l') + ".png") + member({"cut", grey(1)}) +
                            pax(record("path", "p.png")) + member({"x", grey(2)}) +
                            member({"a.cls", "3"}) + member({"a.png", grey(3)}) + end();
  std::mt19937 draw(1);
  for (int round = 0; round < 300; ++round) {
    std::string bytes = whole.substr(0, draw() % 4 ? whole.size() : draw() % whole.size());
    for (int i = int(draw() % 4); i >= 0 && !bytes.empty(); --i) {
      const std::size_t block = draw() % (bytes.size() / 512 + 1) * 512;
      const std::size_t at = std::min(block + draw() % 512, bytes.size() - 1);
      bytes[at] = char(draw());
      if (block + 512 <= bytes.size() && draw() % 2) {  // a lie with a right checksum
        std::string header = bytes.substr(block, 512);
        seal(header);
        bytes.replace(block, 512, header);
      }
    }
    try {
      values_in(bytes);
    } catch (const Error&) {
    }
  }
}

TEST_F(Tar, ManyArchivesAndThreadsAreReadInOrder) {
  std::vector<std::string> paths;
  for (int t = 0; t < 20; ++t)
    paths.push_back(write(std::to_string(t) + ".tar",
                          member({"a.png", grey(2 * t)}) + member({"b.png", grey(2 * t + 1)})));
  const ImageList images = list_images(paths);
  std::vector<int> order(40);
  for (int i = 0; i < 40; ++i) order[std::size_t(i)] = i * 7 % 40;
  ImageReader reader(images, order, plain({8, 8}), 3, 4);
  for (const int index : order) EXPECT_EQ(reader.next()->crop.pixels.front(), index);
}

}  // namespace
}  // namespace rfmap
