#include <cstdint>
#include <filesystem>
#include <functional>
#include <limits>
#include <string>
#include <vector>

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <sys/stat.h>
#include <zlib.h>

#include "rfmap/error.h"
#include "rfmap/results.h"

#include "results/h5/attribute_io.h"
#include "results/h5/dataset.h"
#include "unit/results_sample.h"

/// Crafted files: valid HDF5 that no run writes. Every reader refuses them in a sentence.
namespace rfmap {
namespace {

using testing::AllOf;
using testing::HasSubstr;
using testing::IsEmpty;
using testing::Not;
using testing::StartsWith;

struct Crafted {
  const char* what;
  std::function<void(hid_t)> edit;
  const char* sentence;
};

void drop(hid_t file, const char* name) { ASSERT_GE(H5Ldelete(file, name, H5P_DEFAULT), 0); }

/// A dataset of int32 with other properties than the format's.
void put_plain(hid_t file, const char* name, hsize_t length,
               const std::function<void(hid_t)>& set_up) {
  drop(file, name);
  const h5::Space space(H5Screate_simple(1, &length, nullptr));
  const h5::Properties creation(H5Pcreate(H5P_DATASET_CREATE));
  set_up(creation.get());
  const h5::Dataset dataset(
      H5Dcreate2(file, name, H5T_STD_I32LE, space.get(), H5P_DEFAULT, creation.get(), H5P_DEFAULT));
  ASSERT_GE(dataset.get(), 0);
  const std::vector<std::int32_t> zeros(length, 0);
  H5Dwrite(dataset.get(), H5T_NATIVE_INT32, H5S_ALL, H5S_ALL, H5P_DEFAULT, zeros.data());
}

/// Replaces the first block of a dataset by one that expands to `bytes` zeros.
void put_block(hid_t file, const char* name, std::size_t bytes) {
  const std::string zeros(bytes, '\0');
  std::string packed(compressBound(bytes), '\0');
  uLongf size = packed.size();
  compress2(reinterpret_cast<Bytef*>(packed.data()), &size,
            reinterpret_cast<const Bytef*>(zeros.data()), bytes, 9);
  packed.resize(size + 4);  // and a place for the checksum
  const h5::Dataset dataset = h5::open_dataset(file, name);
  const h5::Extent start(h5::extent_of(dataset).size(), 0);
  ASSERT_GE(
      H5Dwrite_chunk(dataset.get(), H5P_DEFAULT, 0, start.data(), packed.size(), packed.data()), 0);
}

template <class T>
void put_first(hid_t file, const char* name, std::vector<T> values) {
  const h5::Dataset dataset = h5::open_dataset(file, name);
  h5::Extent start(h5::extent_of(dataset).size(), 0), count(start.size(), 1);
  count.back() = values.size();
  h5::write_slab(dataset, {start, count}, std::span<const T>(values));
}

template <class T>
void put_attribute(hid_t file, const char* object, const char* name, const T& value) {
  H5Adelete_by_name(file, object, name, H5P_DEFAULT);
  const h5::Object owner(H5Oopen(file, object, H5P_DEFAULT));
  h5::write_attribute(owner.get(), name, value);
}

void put_huge_texts(hid_t file) {
  drop(file, "images/path");
  h5::create_dataset(file, "images/path", {h5::Type::text, {7}, {7}, std::size_t(1) << 28});
}

void put_texts_without_length(hid_t file) {
  drop(file, "images/path");
  const hsize_t length = 7;
  const h5::Space space(H5Screate_simple(1, &length, nullptr));
  const h5::Datatype type(H5Tcopy(H5T_C_S1));
  H5Tset_size(type.get(), H5T_VARIABLE);
  const h5::Dataset dataset(H5Dcreate2(file, "images/path", type.get(), space.get(), H5P_DEFAULT,
                                       H5P_DEFAULT, H5P_DEFAULT));
  ASSERT_GE(dataset.get(), 0);
}

/// The same group under one more name, which the order names too.
void name_twice(hid_t file) {
  H5Lcreate_hard(file, "layers/conv1", file, "layers/again", H5P_DEFAULT, H5P_DEFAULT);
  const h5::Group layers = h5::open_group(file, "layers");
  auto order = h5::read_text_list(layers.get(), "order");
  order.push_back("again");
  H5Adelete(layers.get(), "order");
  h5::write_attribute(layers.get(), "order", order);
}

std::vector<Crafted> crafted_storage() {
  return {
      {"contiguous", [](hid_t f) { put_plain(f, "images/height", 7, [](hid_t) {}); },
       "images/height: it is not stored in blocks with"},
      {"external storage",
       [](hid_t f) {
         put_plain(f, "images/height", 7,
                   [](hid_t p) { H5Pset_external(p, "/dev/zero", 0, H5F_UNLIMITED); });
       },
       "images/height: it is not stored in blocks with"},
      {"another filter",
       [](hid_t f) {
         put_plain(f, "images/height", 7, [](hid_t p) {
           const hsize_t chunk = 7;
           H5Pset_chunk(p, 1, &chunk);
           H5Pset_scaleoffset(p, H5Z_SO_INT, 0);
         });
       },
       "images/height: it is not stored in blocks with"},
      {"soft link",
       [](hid_t f) {
         drop(f, "layers/conv1/size");
         H5Lcreate_soft("/layers/conv1/size_cut", f, "layers/conv1/size", H5P_DEFAULT, H5P_DEFAULT);
       },
       "it is a link to another place"},
      {"circle",
       [](hid_t f) {
         drop(f, "layers/conv1");
         H5Lcreate_soft("/layers/conv1", f, "layers/conv1", H5P_DEFAULT, H5P_DEFAULT);
       },
       "it is a link to another place"},
      {"two names", name_twice, "layers/again: is the group of another layer too"},
      {"a group as dataset",
       [](hid_t f) {
         drop(f, "layers/conv1/size");
         h5::create_group(f, "layers/conv1/size");
       },
       "it is no dataset"},
      {"a dataset as group",
       [](hid_t f) {
         drop(f, "images");
         h5::create_dataset(f, "images", {h5::Type::int32, {7}, {7}});
       },
       "images"},
      {"huge texts", put_huge_texts, "images/path: it"},
      {"texts without length", put_texts_without_length, "images/path"},
      {"blocks larger than the dataset",
       [](hid_t f) {
         drop(f, "images/status");
         h5::Layout layout{h5::Type::uint8, {7}, {1 << 20}};
         layout.grows = true;
         h5::create_dataset(f, "images/status", layout);
       },
       "images/status: its blocks of [1048576] do not fit its extent [7]"},
      {"no block",
       [](hid_t f) {
         drop(f, "images/height");
         h5::create_dataset(f, "images/height", {h5::Type::int32, {7}, {7}});
       },
       "images/height: 0 of its 1 blocks are there"},
      {"a bomb", [](hid_t f) { put_block(f, "images/height", 64 << 20); },
       "cannot read /images/height: the block at [0] is damaged"},
      {"a short block", [](hid_t f) { put_block(f, "images/height", 8); },
       "it does not expand to 28 bytes"},
  };
}

std::vector<Crafted> crafted_values() {
  using Whole = std::int64_t;
  const float infinite = std::numeric_limits<float>::infinity();
  return {
      {"ranks", [](hid_t f) { put_attribute(f, "layers/conv1", "top_k", Attribute(Whole(4))); },
       "layers/conv1: attribute top_k is 4, but scale rank has length 3"},
      {"bottom ranks",
       [](hid_t f) {
         put_attribute(f, "layers/branch:3x3", "bottom_k", Attribute(Whole(1) << 50));
       },
       "attribute bottom_k: it is beyond any number"},
      {"a text as number",
       [](hid_t f) { put_attribute(f, "layers/conv1", "top_k", Attribute(std::string("three"))); },
       "read attribute top_k: it is of another kind"},
      {"occluder",
       [](hid_t f) {
         put_attribute(f, "occluder", "size", Attribute(std::vector<Whole>{5, 4}));
       },
       "occluder: attribute size is 4, but scale occluder_x has length 3"},
      {"size", [=](hid_t f) { put_first<float>(f, "layers/conv1/size", {infinite}); },
       "size of unit 0 (by index): is infinite"},
      {"centre",
       [=](hid_t f) {
         put_first<float>(f, "layers/conv1/top_centre", {infinite, 0});
       },
       "rank 0 is not a number"},
      {"status", [](hid_t f) { put_first<std::uint8_t>(f, "images/status", {9}); },
       "of image 0 is none of 0, 1, 2"},
      {"order of units",
       [](hid_t f) {
         put_first<std::int32_t>(f, "layers/conv1/unit", {5, 2, 0});
       },
       "out of range or out of order"},
      {"line break", [](hid_t f) { h5::create_group(f, "layers/two\nlines"); },
       "the group two?lines is not in attribute order"},
  };
}

std::string refusal(const std::function<void()>& act) {
  try {
    act();
  } catch (const DataError& error) {
    return error.what();
  }
  return "no DataError";
}

void expect_refused(const std::vector<Crafted>& all) {
  const TemporaryFolder folder;
  h5::silence();
  sample::write(folder / "whole.h5", true);
  const std::string path = folder / "r.h5";
  for (const Crafted& crafted : all) {
    SCOPED_TRACE(crafted.what);
    std::filesystem::copy_file(folder / "whole.h5", path,
                               std::filesystem::copy_options::overwrite_existing);
    {
      const h5::File file(H5Fopen(path.c_str(), H5F_ACC_RDWR, H5P_DEFAULT));
      ASSERT_GE(file.get(), 0);
      crafted.edit(file.get());
    }
    const auto sentence =
        AllOf(StartsWith(path + ": damaged: "), HasSubstr(crafted.sentence), Not(HasSubstr("\n")));
    EXPECT_THAT(refusal([&] { summarize(path); }), sentence);
    EXPECT_THAT(refusal([&] { ResultsReader{path}; }), sentence);
    EXPECT_THAT(check_results(path), Not(IsEmpty()));
  }
}

TEST(ResultsGate, StorageThatNoRunWritesIsRefused) {
  expect_refused(crafted_storage());
  EXPECT_EQ(crafted_storage().size(), 14u);
}

TEST(ResultsGate, ValuesThatNoRunWritesAreRefused) {
  expect_refused(crafted_values());
  EXPECT_EQ(crafted_values().size(), 9u);
}

TEST(ResultsGate, AMapThatExpandsTooFarIsRefusedWhenItIsRead) {
  const TemporaryFolder folder;
  h5::silence();
  sample::write(folder / "r.h5", true);
  {
    const h5::File file(H5Fopen((folder / "r.h5").c_str(), H5F_ACC_RDWR, H5P_DEFAULT));
    put_block(file.get(), "layers/conv1/receptive_field", 16 << 20);
  }
  EXPECT_THAT(refusal([&] { ResultsReader(folder / "r.h5").unit(0, 0, Ranking::top); }),
              HasSubstr("cannot read /layers/conv1/receptive_field: the block at [0, 0, 0] is"));
}

TEST(ResultsGate, APipeIsNotOpened) {
  const TemporaryFolder folder;
  ASSERT_EQ(::mkfifo((folder / "r.h5").c_str(), 0600), 0);
  EXPECT_THROW(summarize(folder / "r.h5"), ConfigError);
  EXPECT_THROW(check_results(folder / "r.h5"), ConfigError);
}

}  // namespace
}  // namespace rfmap
