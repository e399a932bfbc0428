#include <gmock/gmock.h>
#include <zlib.h>

#include "rfmap/error.h"

#include "io/idx.h"
#include "io/image_source.h"
#include "io_samples.h"

namespace rfmap {
using namespace io;
namespace {

using testing::AllOf;
using testing::HasSubstr;
using testing::StartsWith;

Bytes idx_bytes(std::uint8_t type, const std::vector<std::uint32_t>& dims, const Bytes& data) {
  Bytes bytes{0, 0, type, std::uint8_t(dims.size())};
  for (const std::uint32_t n : dims) append(bytes, big_endian(n, 4));
  append(bytes, data);
  return bytes;
}

Bytes counted(std::size_t n) {
  Bytes data(n);
  for (std::size_t i = 0; i < n; ++i) data[i] = std::uint8_t(i * 7 % 251);
  return data;
}

class Idx : public IoTest {
 protected:
  std::string write_gz(const std::string& name, const Bytes& bytes) const {
    const std::string path = (folder / name).string();
    const gzFile file = gzopen(path.c_str(), "wb");
    gzwrite(file, bytes.data(), unsigned(bytes.size()));
    gzclose(file);
    return path;
  }
  static std::string refusal(const std::string& path) {
    try {
      list_images({path});
    } catch (const DataError& error) {
      return error.what();
    }
    return "accepted";
  }
};

TEST_F(Idx, GreyItemsAreListedAndReadWhateverTheNameAndTheWrapping) {
  const Bytes data = counted(5 * 4 * 3), bytes = idx_bytes(0x08, {5, 4, 3}, data);
  Preprocessing p = plain({4, 3});
  p.order = ChannelOrder::gray;
  for (const std::string& path :
       {write("images-idx3-ubyte", bytes), write_gz("images-idx3-ubyte.gz", bytes),
        write_gz("no extension", bytes)}) {
    const auto images = list_images({path});
    ASSERT_EQ(images.size(), 5u);
    EXPECT_EQ(images[3].path, path + "#3");
    for (std::size_t i = 0; i < 5; ++i) {
      const LoadedImage loaded = load_image(images[i], p, 1);
      EXPECT_EQ(loaded.problem, "");
      EXPECT_EQ(loaded.original, (Size{4, 3}));
      EXPECT_EQ(loaded.crop.pixels,
                Bytes(data.begin() + long(i * 12), data.begin() + long(i * 12 + 12)));
    }
  }
}

TEST_F(Idx, FourDimensionsAreColourLast) {
  const Bytes data = counted(2 * 2 * 3 * 3);
  const std::string path = write("colour.idx", idx_bytes(0x08, {2, 2, 3, 3}, data));
  Preprocessing p = plain({2, 3});
  p.order = ChannelOrder::rgb;
  const LoadedImage loaded = load_image({path + "#1"}, p, 3);
  ASSERT_EQ(loaded.crop.shape, (Shape{3, 2, 3}));
  for (std::size_t c = 0; c < 3; ++c)
    for (std::size_t i = 0; i < 6; ++i)
      EXPECT_EQ(loaded.crop.pixels[c * 6 + i], data[18 + i * 3 + c]);
}

TEST_F(Idx, WrongFilesAreRefusedInOneSentence) {
  const Bytes data = counted(60), whole = idx_bytes(0x08, {5, 4, 3}, data);
  const Bytes cut(whole.begin(), whole.end() - 1), header(whole.begin(), whole.begin() + 9);
  Bytes longer = whole;
  longer.push_back(0);
  const struct {
    std::string path, reason;
  } cases[] = {{write("cut", cut), "cut short"},
               {write("header", header), "cut short"},
               {write("longer", longer), "longer"},
               {write_gz("cut.gz", cut), "cut short"},
               {write("float", idx_bytes(0x0D, {5, 4, 3}, data)), "type 0x0D"},
               {write("labels", idx_bytes(0x08, {60}, data)), "labels"},
               {write("planes", idx_bytes(0x08, {1, 3, 4, 5}, data)), "not a set"},
               {write("vast", idx_bytes(0x08, {1, 1 << 15, 1 << 15}, data)), "not a set"},
               {write("huge", idx_bytes(0x08, {1u << 30, 1 << 14, 1 << 14}, data)), "cut short"},
               {write("none", idx_bytes(0x08, {0, 4, 3}, {})), "0 images"},
               {write("other", Bytes{0, 0, 0, 0, 1, 2, 3}), "is not a folder"}};
  for (const auto& [path, reason] : cases)
    EXPECT_THAT(refusal(path), AllOf(StartsWith(path), HasSubstr(reason)));
  EXPECT_EQ(std::size(cases), 11u);
}

TEST_F(Idx, DamagedGzipIsRefused) {
  const Bytes whole = idx_bytes(0x08, {50, 20, 20}, counted(20000));
  const std::string path = write_gz("a.gz", whole);
  Bytes packed(std::filesystem::file_size(path));
  std::ifstream(path, std::ios::binary)
      .read(reinterpret_cast<char*>(packed.data()), std::streamsize(packed.size()));
  Bytes cut(packed.begin(), packed.end() - 20), wrong_sum = packed;
  wrong_sum[wrong_sum.size() - 6] ^= 1;
  EXPECT_THAT(refusal(write("cut.gz", cut)), HasSubstr("cut short"));
  EXPECT_THAT(refusal(write("sum.gz", wrong_sum)), HasSubstr("damaged gzip"));
  cut = Bytes(packed.begin(), packed.end() - 4);
  EXPECT_THAT(refusal(write("trailer.gz", cut)), HasSubstr("cut short"));
}

TEST_F(Idx, AnItemBeyondTheEndIsAProblemOfThatImage) {
  const std::string path = write("a", idx_bytes(0x08, {2, 4, 3}, counted(24)));
  EXPECT_THAT(load_image({path + "#2"}, plain({4, 3}), 3).problem,
              AllOf(StartsWith(path + "#2 "), HasSubstr("2 images")));
  EXPECT_EQ(load_image({path + "#1"}, plain({4, 3}), 3).problem, "");
}

TEST_F(Idx, TheFileIsOpenedOnceAndAgainWhenItChanges) {
  const std::string path = write("a", idx_bytes(0x08, {2, 4, 3}, counted(24)));
  const auto first = open_idx(path);
  EXPECT_EQ(first, open_idx(path));
  write("a", idx_bytes(0x08, {3, 4, 3}, counted(36)));
  EXPECT_EQ(open_idx(path)->count, 3);
  EXPECT_EQ(first->count, 2);
}

TEST(IdxItem, NamesAreSplitFromTheRight) {
  const auto item = item_of("/a#1/b#x#12");
  ASSERT_TRUE(item);
  EXPECT_EQ(item->file, "/a#1/b#x");
  EXPECT_EQ(item->index, 12);
  for (const char* name : {"/a/b", "/a/b#", "/a/b#x", "/a/b#-1", "/a/b#1x", "/a/b#99999999999"})
    EXPECT_FALSE(item_of(name)) << name;
}

}  // namespace
}  // namespace rfmap
