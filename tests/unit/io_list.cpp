#include <algorithm>
#include <random>

#include <gmock/gmock.h>

#include "rfmap/error.h"

#include "io_samples.h"

namespace rfmap {
namespace {

namespace fs = std::filesystem;
using testing::ElementsAre;
using testing::HasSubstr;

class List : public IoTest {
 protected:
  std::vector<std::string> listed(const std::vector<std::string>& paths) const {
    std::vector<std::string> names;
    for (const ImageRef& image : list_images(paths)) {
      EXPECT_TRUE(fs::path(image.path).is_absolute());
      names.push_back(image.path.substr(folder.string().size() + 1));
    }
    return names;
  }
  void touch(const std::string& name) const { write(name, "x"); }
};

/// Each beginning of a line may be a path: trying all took minutes for a line of 64 kB.
TEST_F(List, LongLinesAreNotTriedAtEachWord) {
  std::string label;
  for (int i = 0; i < 20000; ++i) label += " a/";
  const ImageList images = list_images({write("long.txt", "x.png" + label + "\n")});
  ASSERT_EQ(images.size(), 1u);
  EXPECT_EQ(images[0].path, (folder / "x.png").string());
  EXPECT_THROW(list_images({write("line.txt", std::string(70000, 'a'))}), DataError);
}

TEST_F(List, FoldersAreWalkedInBytewiseOrderOfTheRelativePath) {
  std::vector<std::string> names{"B.jpg",    "a b.PNG", "a.jpeg",    "a/1.bmp",     "a/10.tif",
                                 "a/2.tiff", "ab.webp", "z/é/ü.JPG", "\xC3\x84.Jpg"};
  std::vector<std::string> shuffled = names;
  std::shuffle(shuffled.begin(), shuffled.end(), std::mt19937(1));
  for (const std::string& name : shuffled) touch(name);
  for (const std::string name : {"readme.txt", "x.jpg.bak", ".hidden.jpg", ".cache/y.jpg", "jpg"})
    touch(name);
  EXPECT_EQ(listed({folder.string()}), names);
  EXPECT_EQ(listed({folder.string() + "/"}), names);
  EXPECT_EQ(listed({folder.string() + "/a/.."}), names);
}

TEST_F(List, SeveralPathsFollowEachOther) {
  touch("b/1.jpg");
  touch("a/1.jpg");
  EXPECT_THAT(listed({(folder / "b").string(), (folder / "a").string()}),
              ElementsAre("b/1.jpg", "a/1.jpg"));
}

TEST_F(List, RelativePathsBecomeAbsolute) {
  touch("a/1.jpg");
  const fs::path before = fs::current_path();
  fs::current_path(folder);
  const auto images = list_images({"a"});
  fs::current_path(before);
  EXPECT_EQ(images.at(0).path, (fs::canonical(folder) / "a/1.jpg").string());
}

TEST_F(List, LinksAreFollowedButNotInCircles) {
  touch("set/a/1.jpg");
  touch("elsewhere/2.jpg");
  fs::create_directory_symlink("..", folder / "set/a/up");
  fs::create_directory_symlink(".", folder / "set/a/self");
  fs::create_directory_symlink("../elsewhere", folder / "set/linked");
  fs::create_symlink("a/1.jpg", folder / "set/3.jpg");
  fs::create_symlink("gone.jpg", folder / "set/broken.jpg");
  EXPECT_THAT(listed({(folder / "set").string()}),
              ElementsAre("set/3.jpg", "set/a/1.jpg", "set/broken.jpg", "set/linked/2.jpg"));
}

TEST_F(List, TextListsHoldOnePathALine) {
  write("lists/photos.txt",
        "\xEF\xBB\xBF# a comment\r\n../one.jpg\r\n\r\n  with space.png \n#two.jpg\n"
        "sub/./\xC3\xBC.jpg\nset.idx#7\n/else/where.jpg");
  std::vector<std::string> paths;
  for (const ImageRef& image : list_images({(folder / "lists/photos.txt").string()}))
    paths.push_back(image.path);
  const std::string root = folder.string();
  EXPECT_THAT(paths, ElementsAre(root + "/one.jpg", root + "/lists/with space.png",
                                 root + "/lists/sub/\xC3\xBC.jpg", root + "/lists/set.idx#7",
                                 "/else/where.jpg"));
}

TEST_F(List, OneImageIsASetOfOne) {
  write("a photo", encode(".png", random_image(4, 4, CV_8UC3)));
  EXPECT_THAT(listed({(folder / "a photo").string()}), ElementsAre("a photo"));
}

TEST_F(List, WhatDoesNotExistIsWrongUseAndAnEmptySetIsBadData) {
  EXPECT_THROW(list_images({(folder / "missing").string()}), ConfigError);
  EXPECT_THROW(list_images({folder.string()}), DataError);
  EXPECT_THROW(list_images({write("list.txt", "# nothing\n")}), DataError);
  EXPECT_THROW(list_images({write("empty.txt", "")}), DataError);
  EXPECT_THROW(list_images({}), DataError);
  EXPECT_THROW(list_images({"/dev/null"}), ConfigError);
  try {
    list_images({(folder / "missing").string()});
  } catch (const ConfigError& error) {
    EXPECT_THAT(error.what(), HasSubstr((folder / "missing").string() + " does not exist"));
  }
}

TEST_F(List, ALabelStandsBehindATabOrBehindBlanksWhereOnlyTheRestIsAFile) {
  for (const char* name : {"a.png", "b c.png", "b c.png 7"}) touch(name);
  const std::string list =
      write("list.txt", "a.png\tone thing\nb c.png\t 2\na.png 0\nb c.png 7\nb c.png 8\nno.png 3\n");
  std::vector<std::pair<std::string, std::string>> got;
  for (const ImageRef& image : list_images({list}))
    got.emplace_back(image.path.substr(folder.string().size() + 1), image.label);
  EXPECT_THAT(got, ElementsAre(std::pair("a.png", "one thing"), std::pair("b c.png", "2"),
                               std::pair("a.png", "0"), std::pair("b c.png 7", ""),
                               std::pair("b c.png", "8"), std::pair("no.png", "3")));
}

TEST_F(List, LinesOfCaffePlacesAndCsvHaveLabels) {
  for (const char* name :
       {"dir/x", "dir with space/two words.png", "a,b.png", "a/b/1.jpg", "c.png"})
    touch(name);
  const auto got = [&](const std::string& text) {
    std::vector<std::string> lines;
    for (const ImageRef& image : list_images({write("list.csv", text)}))
      lines.push_back(image.path.substr(folder.string().size() + 1) + "|" + image.label);
    return lines;
  };
  EXPECT_THAT(
      got("dir with space/two words.png 12\n/a/b/1.jpg 7\nno such dir/no.png 3\n"),
      ElementsAre("dir with space/two words.png|12", "a/b/1.jpg|7", "no such dir/no.png|3"));
  EXPECT_THAT(got("path,label,part\r\nc.png,cat dog,train\r\na,b.png\r\na,b.png, 5\r\n"
                  "\"a,b.png\",\"six\"\r\nno.png,8\r\n"),
              ElementsAre("c.png|cat dog", "a,b.png|", "a,b.png|5", "a,b.png|six", "no.png|8"));
  EXPECT_THAT(got("image\tclass\nc.png\tcat\n"), ElementsAre("c.png|cat"));
  EXPECT_THAT(got("c.png,cat\nc.png,dog\n"), ElementsAre("c.png|cat", "c.png|dog"));
}

}  // namespace
}  // namespace rfmap
