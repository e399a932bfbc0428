#include <cmath>
#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <functional>
#include <limits>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "rfmap/error.h"
#include "rfmap/results.h"

#include "results/h5/attribute_io.h"
#include "results/h5/dataset.h"
#include "results/own_process.h"
#include "unit/results_sample.h"

namespace rfmap {
namespace {

using testing::AllOf;
using testing::Contains;
using testing::HasSubstr;
using testing::IsEmpty;

TEST(OwnProcess, ATimeLimitIsNotACrash) {
  using results::in_own_process;
  const auto for_ever = []() -> std::vector<std::string> {
    for (volatile unsigned i = 0;;) i = i + 1;
  };
  const auto crash = []() -> std::vector<std::string> { std::abort(); };
  EXPECT_THAT(in_own_process(for_ever, "crash", {1, "not finished"}),
              testing::ElementsAre("not finished"));
  EXPECT_THAT(in_own_process(crash, "crash", {1, "not finished"}), testing::ElementsAre("crash"));
}

std::string data_error(const std::function<void()>& act) {
  try {
    act();
  } catch (const DataError& error) {
    return error.what();
  }
  return "no DataError";
}

/// Opens a file for writing and changes it without our library.
void change(const std::string& path, const std::function<void(hid_t)>& edit) {
  const h5::File file(H5Fopen(path.c_str(), H5F_ACC_RDWR, H5P_DEFAULT));
  ASSERT_GE(file.get(), 0);
  edit(file.get());
}

template <class T>
void set_first(hid_t file, const std::string& dataset, std::vector<T> values) {
  const h5::Dataset d = h5::open_dataset(file, dataset);
  h5::Extent start(h5::extent_of(d).size(), 0), count(start.size(), 1);
  count.back() = values.size();
  h5::write_slab(d, {start, count}, std::span<const T>(values));
}

TEST(DamagedResults, NoFileIsWrongUse) {
  EXPECT_THROW(summarize("no/such/file.h5"), ConfigError);
  EXPECT_THROW(check_results("no/such/file.h5"), ConfigError);
  EXPECT_THROW(ResultsReader("no/such/file.h5"), ConfigError);
}

TEST(DamagedResults, NotHdf5) {
  const TemporaryFolder folder;
  for (const std::string& content :
       {std::string(), std::string("\x89HD"), std::string(5000, 'x')}) {
    std::ofstream(folder / "r.h5") << content;
    EXPECT_THAT(data_error([&] { summarize(folder / "r.h5"); }), HasSubstr("is not an HDF5 file"));
    EXPECT_THAT(check_results(folder / "r.h5"), testing::ElementsAre(HasSubstr("r.h5: is not an")));
  }
}

TEST(DamagedResults, AnotherFormat) {
  const TemporaryFolder folder;
  h5::silence();
  h5::File(H5Fcreate((folder / "r.h5").c_str(), H5F_ACC_TRUNC, H5P_DEFAULT, H5P_DEFAULT));
  EXPECT_THAT(data_error([&] { summarize(folder / "r.h5"); }), HasSubstr("of format rfmap-2"));
  EXPECT_THAT(check_results(folder / "r.h5"), Contains(HasSubstr("format")));
}

TEST(DamagedResults, CutOffAtAnyLength) {
  const TemporaryFolder folder;
  sample::write(folder / "whole.h5", true);
  const auto size = std::filesystem::file_size(folder / "whole.h5");
  int cases = 0;
  for (std::uintmax_t length : {size - 1, size / 2, size / 10, std::uintmax_t(600)}) {
    std::filesystem::copy_file(folder / "whole.h5", folder / "r.h5",
                               std::filesystem::copy_options::overwrite_existing);
    std::filesystem::resize_file(folder / "r.h5", length);
    EXPECT_THAT(data_error([&] { summarize(folder / "r.h5"); }), HasSubstr("r.h5: damaged"));
    EXPECT_THAT(check_results(folder / "r.h5"), testing::Not(IsEmpty()));
    ++cases;
  }
  EXPECT_EQ(cases, 4);
}

/// Flips one byte in the middle of the chunk of a dataset that begins at `offset`.
void flip_in_chunk(const std::string& path, const std::string& name, h5::Extent offset) {
  haddr_t address = 0;
  hsize_t size = 0;
  {
    const h5::File file = h5::open_file(path);
    const h5::Dataset dataset = h5::open_dataset(file.get(), name);
    ASSERT_GE(H5Dget_chunk_info_by_coord(dataset.get(), offset.data(), nullptr, &address, &size),
              0);
  }
  std::fstream bytes(path, std::ios::in | std::ios::out | std::ios::binary);
  const auto place = std::streamoff(address + size / 2);
  bytes.seekg(place);
  const char byte = char(bytes.get() ^ 0x10);
  bytes.seekp(place);
  bytes.put(byte);
}

TEST(DamagedResults, AFlippedByteInAChunkIsFound) {
  const TemporaryFolder folder;
  const std::pair<const char*, h5::Extent> chunks[] = {
      {"layers/conv1/receptive_field", {2, 0, 0}},
      {"layers/branch:3x3/bottom/count", {1, 0, 0}},
      {"layers/branch:3x3_2/discrepancy", {0, 1, 0, 0}},
      {"layers/conv1/top_activation", {0, 0}},
      {"images/path", {0}},
      {"occluder/patch", {0, 0, 0, 0}},
      {"grid_y", {0}}};
  for (const auto& [name, offset] : chunks) {
    sample::write(folder / "r.h5", true);
    flip_in_chunk(folder / "r.h5", name, offset);
    EXPECT_THAT(check_results(folder / "r.h5"),
                Contains(AllOf(HasSubstr(name), HasSubstr("is damaged"))));
  }
  EXPECT_THAT(data_error([&] {
                sample::write(folder / "r.h5", true);
                flip_in_chunk(folder / "r.h5", "layers/conv1/receptive_field", {2, 0, 0});
                ResultsReader reader(folder / "r.h5");
                reader.unit(0, 0, Ranking::top);
                reader.unit(0, 2, Ranking::top);
              }),
              HasSubstr("r.h5: damaged: cannot read /layers/conv1/receptive_field"));
}

/// The expected message of check_results after a change.
struct Damage {
  const char* what;
  std::function<void(hid_t)> edit;
  const char* sentence;
};

void remove_link(hid_t file, const char* name) { H5Ldelete(file, name, H5P_DEFAULT); }
void remove_attribute(hid_t file, const char* object, const char* name) {
  H5Adelete_by_name(file, object, name, H5P_DEFAULT);
}

const std::vector<Damage>& damages() {
  static const std::vector<Damage> all = {
      {"no dataset", [](hid_t f) { remove_link(f, "layers/conv1/radius50"); },
       "layers/conv1/radius50: is missing"},
      {"no bottom dataset", [](hid_t f) { remove_link(f, "layers/branch:3x3/bottom/box"); },
       "layers/branch:3x3/bottom/box: is missing"},
      {"no kept maps", [](hid_t f) { remove_link(f, "layers/conv1/discrepancy"); },
       "layers/conv1/discrepancy: is missing"},
      {"no patches", [](hid_t f) { remove_link(f, "occluder/patch"); },
       "occluder/patch: is missing"},
      {"no layer", [](hid_t f) { remove_link(f, "layers/conv1"); },
       "the layer conv1 of attribute order is missing"},
      {"a layer too many", [](hid_t f) { h5::create_group(f, "layers/conv9"); },
       "the group conv9 is not in attribute order"},
      {"unfinished", [](hid_t f) { remove_attribute(f, ".", "finished"); }, "unfinished"},
      {"no units", [](hid_t f) { remove_attribute(f, "layers/conv1/size", "units"); },
       "layers/conv1/size: has no attribute units"},
      {"no scale", [](hid_t f) { remove_attribute(f, "layers/conv1/count", "DIMENSION_LIST"); },
       "layers/conv1/count: dimension 1 has no scale y"},
      {"numbers for scales",
       [](hid_t f) {
         remove_attribute(f, "layers/conv1/count", "DIMENSION_LIST");
         const h5::Dataset count = h5::open_dataset(f, "layers/conv1/count");
         h5::write_attributes(count.get(), {{"DIMENSION_LIST", std::int64_t(1) << 40}});
       },
       "layers/conv1/count: dimension 1 has no scale y"},
      {"no image", [](hid_t f) { set_first<std::int32_t>(f, "layers/conv1/top_image", {7}); },
       "rank 0 names image 7 of 7"},
      {"skipped image", [](hid_t f) { set_first<std::int32_t>(f, "layers/conv1/top_image", {6}); },
       "names an image that was skipped"},
      {"gap", [](hid_t f) { set_first<std::int32_t>(f, "layers/conv1/top_image", {-1}); },
       "rank 1 follows a rank without an image"},
      {"twice",
       [](hid_t f) {
         set_first<std::int32_t>(f, "layers/conv1/top_image", {2, 2});
       },
       "repeats an image"},
      {"outside",
       [](hid_t f) {
         set_first<std::int32_t>(f, "layers/conv1/top_location", {0, 6});
       },
       "rank 0 lies outside the layer's map"},
      {"order",
       [](hid_t f) {
         set_first<float>(f, "layers/conv1/top_activation", {1, 9});
       },
       "rank 1 is out of order"},
      {"bottom order",
       [](hid_t f) {
         set_first<float>(f, "layers/branch:3x3/bottom/top_activation", {-1, -9});
       },
       "rank 1 is out of order"},
      {"undriven",
       [](hid_t f) {
         set_first<float>(f, "layers/conv1/size", {1, 2, 3});
       },
       "size of unit 1 (by index): is a number although no image activates it"},
      {"size", [](hid_t f) { set_first<float>(f, "layers/conv1/size_cut25", {1}); },
       "size_cut25 of unit 0 (by index): is 1.0"},
      {"figures", [](hid_t f) { set_first<float>(f, "layers/conv1/size_cut10", {1}); },
       "attribute size_cut10_mean differs"},
      {"gradient", [](hid_t f) { set_first<float>(f, "layers/conv1/gradient_size", {1}); },
       "attribute gradient_size_mean differs"},
      {"count", [](hid_t f) { set_first<std::uint16_t>(f, "layers/conv1/count", {9}); },
       "is above the number of images, 3"},
      {"status", [](hid_t f) { set_first<std::uint8_t>(f, "images/status", {3}); },
       "of image 0 is none of 0, 1, 2"},
      {"channel",
       [](hid_t f) {
         set_first<std::int32_t>(f, "layers/conv1/unit", {0, 8, 9});
       },
       "channel 8, is out of range"},
      {"interval",
       [](hid_t f) {
         set_first<float>(f, "layers/conv1/size_interval", {9, 3});
       },
       "size_interval of unit 0 (by index): runs backwards"}};
  return all;
}

TEST(DamagedResults, EachDamageHasItsSentence) {
  const TemporaryFolder folder;
  h5::silence();
  sample::write(folder / "whole.h5", true);
  for (const Damage& damage : damages()) {
    SCOPED_TRACE(damage.what);
    std::filesystem::copy_file(folder / "whole.h5", folder / "r.h5",
                               std::filesystem::copy_options::overwrite_existing);
    change(folder / "r.h5", damage.edit);
    EXPECT_THAT(check_results(folder / "r.h5"), Contains(HasSubstr(damage.sentence)));
  }
  EXPECT_EQ(damages().size(), 25u);
}

/// The heap of references has no checksum, and HDF5 1.10 trusts the lengths in it.
TEST(DamagedResults, AFileThatCrashesTheLibraryIsAProblem) {
  const TemporaryFolder folder;
  sample::write(folder / "r.h5", false);
  std::string content(std::filesystem::file_size(folder / "r.h5"), '\0');
  std::fstream bytes(folder / "r.h5", std::ios::in | std::ios::out | std::ios::binary);
  bytes.read(content.data(), std::streamsize(content.size()));
  int heaps = 0;
  for (auto at = content.find("GCOL"); at != std::string::npos; at = content.find("GCOL", at + 1)) {
    bytes.seekp(std::streamoff(at + 16));
    const std::string objects(2000, '\x7f');
    bytes.write(objects.data(), std::streamsize(objects.size()));
    ++heaps;
  }
  bytes.close();
  EXPECT_GT(heaps, 0);
  EXPECT_THAT(check_results(folder / "r.h5"), testing::Not(IsEmpty()));
}

TEST(DamagedResults, AnotherType) {
  const TemporaryFolder folder;
  sample::write(folder / "r.h5", false);
  change(folder / "r.h5", [](hid_t file) {
    remove_link(file, "layers/conv1/size");
    h5::create_dataset(file, "layers/conv1/size", {h5::Type::float64, {3}, {3}});
  });
  EXPECT_THAT(check_results(folder / "r.h5"),
              Contains(HasSubstr("layers/conv1/size: is of type float64, not float32")));
}

template <class T>
void set_attribute(hid_t file, const char* object, const char* name, const T& value) {
  H5Adelete_by_name(file, object, name, H5P_DEFAULT);
  const h5::Object owner(H5Oopen(file, object, H5P_DEFAULT));
  h5::write_attribute(owner.get(), name, rfmap::Attribute(value));
}

/// Values that no run writes give an error message before anything is computed from them.
TEST(DamagedResults, ReadersBelieveNoImpossibleValue) {
  using Whole = std::int64_t;
  using Wholes = std::vector<Whole>;
  const float infinite = std::numeric_limits<float>::infinity(), nan = std::nanf("");
  const std::vector<Damage> all = {
      {"stride",
       [](hid_t f) {
         set_attribute(f, "occluder", "stride", Wholes{0, 2});
       },
       "attribute stride of /occluder"},
      {"count",
       [](hid_t f) {
         set_attribute(f, "occluder", "count", Wholes{9999, 2});
       },
       "attribute count of /occluder"},
      {"top_k", [](hid_t f) { set_attribute(f, "layers/conv1", "top_k", Whole(1) << 40); },
       "layers/conv1: attribute top_k is 1099511627776"},
      {"pieces",
       [](hid_t f) {
         set_attribute(f, "layers/conv1", "rf_pieces_y", std::vector<double>{1e300, 1, 3});
       },
       "attribute rf_pieces_y"},
      {"order",
       [](hid_t f) {
         const h5::Group layers = h5::open_group(f, "layers");
         auto order = h5::read_text_list(layers.get(), "order");
         order.back() = order.front();
         H5Adelete(layers.get(), "order");
         h5::write_attribute(layers.get(), "order", order);
       },
       "names the layer conv1 twice"},
      {"image", [](hid_t f) { set_first<std::int32_t>(f, "layers/conv1/top_image", {7}); },
       "rank 0 names image 7 of 7"},
      {"location",
       [](hid_t f) {
         set_first<std::int32_t>(f, "layers/conv1/top_location", {0, 99});
       },
       "rank 0 lies outside the layer's map"},
      {"change", [&](hid_t f) { set_first<float>(f, "layers/conv1/discrepancy", {infinite}); },
       "cannot read discrepancy: it holds inf"},
      {"hole",
       [&](hid_t f) {
         const h5::Dataset field = h5::open_dataset(f, "layers/conv1/receptive_field");
         const h5::Extent extent = h5::extent_of(field);
         const std::vector<float> row(extent[2], nan);
         h5::write_slab(field, {{0, extent[1] / 2, 0}, {1, 1, extent[2]}},
                        std::span<const float>(row));
       },
       "receptive_field: it is not a number where images reach"},
      {"field", [&](hid_t f) { set_first<float>(f, "layers/conv1/receptive_field", {infinite}); },
       "receptive_field: it holds an infinite number"},
      {"extent",
       [](hid_t f) {
         remove_link(f, "layers/conv1/unit");
         h5::create_dataset(f, "layers/conv1/unit", {h5::Type::int32, {1u << 30}, {1u << 16}});
       },
       "layers/conv1/unit: it declares 4294967296 bytes, and 0 are stored"}};
  const TemporaryFolder folder;
  h5::silence();
  sample::write(folder / "whole.h5", true);
  for (const Damage& damage : all) {
    SCOPED_TRACE(damage.what);
    std::filesystem::copy_file(folder / "whole.h5", folder / "r.h5",
                               std::filesystem::copy_options::overwrite_existing);
    change(folder / "r.h5", damage.edit);
    EXPECT_THAT(data_error([&] { ResultsReader(folder / "r.h5").unit(0, 0, Ranking::top); }),
                AllOf(HasSubstr("r.h5: damaged: "), HasSubstr(damage.sentence)));
  }
}

/// The other file would be valid, but it could also be a pipe.
TEST(DamagedResults, LinksToOtherFilesAreNotFollowed) {
  const TemporaryFolder folder;
  h5::silence();
  sample::write(folder / "other.h5", true);
  for (const char* name : {"layers/conv1/size", "layers/conv1", "images"}) {
    SCOPED_TRACE(name);
    std::filesystem::copy_file(folder / "other.h5", folder / "r.h5",
                               std::filesystem::copy_options::overwrite_existing);
    const std::string other = folder / "other.h5";
    change(folder / "r.h5", [&](hid_t file) {
      remove_link(file, name);
      H5Lcreate_external(other.c_str(), name, file, name, H5P_DEFAULT, H5P_DEFAULT);
    });
    EXPECT_THAT(data_error([&] { ResultsReader(folder / "r.h5").unit(0, 0, Ranking::top); }),
                AllOf(HasSubstr("r.h5: damaged: "), HasSubstr("it is a link to another place")));
    EXPECT_THAT(check_results(folder / "r.h5"), testing::Not(IsEmpty()));
  }
}

}  // namespace
}  // namespace rfmap
