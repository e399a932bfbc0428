#include <cmath>
#include <cstring>
#include <fstream>
#include <iterator>
#include <map>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "rfmap/error.h"
#include "rfmap/results.h"

#include "results/h5/dataset.h"
#include "results/schema.h"
#include "results/summary_rows.h"
#include "unit/results_sample.h"

namespace rfmap {
using namespace results;
namespace {

/// Equal bits, so that NaN equals NaN.
testing::AssertionResult same(std::span<const float> got, std::span<const float> want) {
  if (got.size() != want.size())
    return testing::AssertionFailure() << got.size() << " values, wanted " << want.size();
  for (std::size_t i = 0; i < got.size(); ++i)
    if (!(got[i] == want[i] || (std::isnan(got[i]) && std::isnan(want[i]))))
      return testing::AssertionFailure() << "[" << i << "] " << got[i] << ", wanted " << want[i];
  return testing::AssertionSuccess();
}
testing::AssertionResult same(float got, float want) {
  return same(std::span(&got, 1), std::span(&want, 1));
}

void expect_same_sizes(const Sizes& got, const Sizes& want) {
  EXPECT_TRUE(same(got.cut, want.cut));
  EXPECT_TRUE(same(got.cut10, want.cut10));
  EXPECT_TRUE(same(got.cut25, want.cut25));
  EXPECT_TRUE(same(got.cut50, want.cut50));
  EXPECT_TRUE(same(got.radius50, want.radius50));
  EXPECT_TRUE(same(got.radius90, want.radius90));
  EXPECT_TRUE(same(got.box, want.box));
  EXPECT_TRUE(same(got.gaussian.parameters, want.gaussian.parameters));
  EXPECT_TRUE(same(got.gaussian.r2, want.gaussian.r2));
}

void expect_same_unit(const UnitRecord& got, const UnitRecord& want) {
  ASSERT_EQ(got.peaks.size(), want.peaks.size());
  for (std::size_t r = 0; r < want.peaks.size(); ++r) {
    EXPECT_EQ(got.peaks[r].image, want.peaks[r].image);
    EXPECT_EQ(got.peaks[r].activation, want.peaks[r].activation);
    EXPECT_EQ(got.peaks[r].location, want.peaks[r].location);
  }
  EXPECT_TRUE(same(got.field.mean, want.field.mean));
  EXPECT_EQ(got.field.count, want.field.count);
  expect_same_sizes(got.field.sizes, want.field.sizes);
  EXPECT_TRUE(same(got.field.size, want.field.size));
  EXPECT_TRUE(same(got.field.interval, want.field.interval));
  EXPECT_TRUE(same(got.field.truncated, want.field.truncated));
  EXPECT_TRUE(same(got.field.rank_size, want.field.rank_size));
  EXPECT_TRUE(same(got.noise_floor, want.noise_floor));
  EXPECT_EQ(got.rf_size, want.rf_size);
}

TEST(Results, RoundTripOfUnits) {
  const TemporaryFolder folder;
  sample::write(folder / "r.h5", true);
  const ResultsReader reader(folder / "r.h5");
  ASSERT_EQ(reader.layers().size(), 3u);
  EXPECT_TRUE(reader.keeps_maps());
  int units = 0;
  for (int l = 0; l < 3; ++l)
    for (int u = 0; u < int(reader.layers()[l].units.size()); ++u)
      for (const Ranking ranking : {Ranking::top, Ranking::bottom}) {
        if (reader.layers()[l].k(ranking) == 0) continue;
        SCOPED_TRACE(testing::Message()
                     << "layer " << l << " unit " << u << " ranking " << int(ranking));
        const UnitRecord got = reader.unit(l, u, ranking), want = sample::unit(l, u, ranking);
        expect_same_unit(got, want);
        EXPECT_TRUE(same(got.change, want.change));
        ++units;
      }
  EXPECT_EQ(units, 11);
}

TEST(Results, RoundTripOfLayers) {
  const TemporaryFolder folder;
  sample::write(folder / "r.h5", false);
  const ResultsReader reader(folder / "r.h5");
  EXPECT_FALSE(reader.keeps_maps());
  EXPECT_TRUE(reader.unit(0, 0, Ranking::top).change.empty());
  ASSERT_EQ(reader.layers().size(), 3u);
  for (int l = 0; l < 3; ++l) {
    const LayerRecord &got = reader.layers()[l], want = sample::layer(l);
    EXPECT_EQ(got.name, want.name);
    EXPECT_EQ(got.kind, want.kind);
    EXPECT_EQ(got.channels, want.channels);
    EXPECT_EQ(got.map, want.map);
    EXPECT_EQ(typical_size(got.field, got.map), typical_size(want.field, want.map));
    EXPECT_EQ(got.units, want.units);
    EXPECT_EQ(got.canvas.height, want.canvas.height);
    EXPECT_EQ(got.canvas.width, want.canvas.width);
    EXPECT_EQ(got.top_k, want.top_k);
    EXPECT_EQ(got.bottom_k, want.bottom_k);
    EXPECT_EQ(got.size_flat, want.size_flat);
    EXPECT_EQ(got.field.aligned(), want.field.aligned());
    for (const Point p : {Point{0, 0}, Point{3, 5}}) {
      EXPECT_EQ(field_centre(got.field, p).y, field_centre(want.field, p).y);
      EXPECT_EQ(field_centre(got.field, p).x, field_centre(want.field, p).x);
    }
  }
}

TEST(Results, RoundTripOfTheRun) {
  const TemporaryFolder folder;
  sample::write(folder / "r.h5", false);
  const ResultsReader reader(folder / "r.h5");
  const RunRecord &got = reader.run(), want = sample::run();
  EXPECT_EQ(std::get<std::string>(*find_attribute(got.attributes, "format")), "rfmap-2");
  EXPECT_EQ(std::get<std::string>(*find_attribute(got.attributes, "finished")).size(), 20u);
  for (const auto& [name, value] : want.attributes) {
    const Attribute* held = find_attribute(got.attributes, name);
    ASSERT_TRUE(held) << name;
    EXPECT_TRUE(*held == value) << name;
  }
  EXPECT_EQ(find_attribute(got.attributes, "absent"), nullptr);
  EXPECT_EQ(got.layers, want.layers);
  EXPECT_EQ(got.occluder, want.occluder);
  EXPECT_EQ(got.patch_channels, want.patch_channels);
  EXPECT_EQ(reader.patches(), want.patches);
  EXPECT_EQ(got.image_sizes, want.image_sizes);
  EXPECT_EQ(got.image_status, want.image_status);
  EXPECT_EQ(got.image_clusters, want.image_clusters);
  ASSERT_EQ(got.images.size(), want.images.size());
  for (std::size_t i = 0; i < want.images.size(); ++i) {
    EXPECT_EQ(got.images[i].path, want.images[i].path);
    EXPECT_EQ(got.images[i].label, want.images[i].label);
  }
  EXPECT_EQ(got.grid.count, want.grid.count);
  EXPECT_EQ(got.grid.first, want.grid.first);
  EXPECT_EQ(got.grid.stride, want.grid.stride);
  EXPECT_EQ(got.grid.input, want.grid.input);
}

TEST(Results, SummaryIsMeanAndDeviationOfMeasuredUnits) {
  const TemporaryFolder folder;
  sample::write(folder / "r.h5", false);
  const auto rows = summarize(folder / "r.h5");
  ASSERT_EQ(rows.size(), 3u);
  const SummaryRow& row = rows[0];
  const double a = sample::unit(0, 0, Ranking::top).field.sizes.cut10;
  const double b = sample::unit(0, 2, Ranking::top).field.sizes.cut10;
  ASSERT_NE(a, b);
  EXPECT_EQ(row.layer, "conv1");
  EXPECT_EQ(row.kind, "convolution");
  EXPECT_EQ(row.units, 3);
  EXPECT_EQ(row.measured, 2);
  EXPECT_NEAR(row.of("size_cut10").mean, (a + b) / 2, 1e-9);
  EXPECT_NEAR(row.of("size_cut10").deviation, std::fabs(a - b) / 2, 1e-9);
  EXPECT_NEAR(row.of("truncated").mean, 0.125, 1e-12);
  EXPECT_EQ(row.rf_size[0], 11);
  EXPECT_EQ(row.rf_size[1], 9);
  const double first = std::sqrt(3.0 * 9), last = std::sqrt(7.0 * 9), none = std::sqrt(11.0 * 9);
  EXPECT_NEAR(row.own_theory[0], (first + last + none) / 3, 1e-6);
  EXPECT_NEAR(row.own_theory[1], first, 1e-6);
  EXPECT_NEAR(row.own_theory[2], none, 1e-6);
  EXPECT_EQ(row.size_flat, 12.25);
  EXPECT_EQ(rows[1].layer, "branch/3x3");
}

TEST(Results, EveryColumnOfTheSummaryIsInTheFile) {
  const TemporaryFolder folder;
  sample::write(folder / "r.h5", false);
  const SummaryRow row = summarize(folder / "r.h5").front();
  for (const SummaryField& field : summary_fields(true))
    for (const core::FieldValue& value : field.values(row)) {
      const auto* number = std::get_if<double>(&value);
      EXPECT_FALSE(number && std::isnan(*number)) << field.name;
    }
  for (const SummaryColumn& column : summary_columns())
    EXPECT_NE(column.text(row), "") << column.heading;
}

TEST(Results, GroupNamesDoNotClash) {
  EXPECT_THAT(group_names({"a/b", "a:b", "a/b_2", "a:b/c"}),
              testing::ElementsAre("a:b", "a:b_3", "a:b_2", "a:b:c"));
  EXPECT_THAT(group_names({".", "x"}), testing::ElementsAre("_.", "x"));
}

TEST(Results, AWholeFileHasNoProblems) {
  const TemporaryFolder folder;
  for (bool maps : {false, true}) {
    sample::write(folder / "r.h5", maps);
    EXPECT_THAT(check_results(folder / "r.h5"), testing::IsEmpty());
  }
}

/// Stored bytes of every chunk of every dataset, by path.
std::map<std::string, std::string> stored_bytes(const std::string& path) {
  std::map<std::string, std::string> all;
  h5::File file = h5::open_file(path);
  const auto visit = [](hid_t object, const char* name, const H5O_info_t* info, void* data) {
    if (info->type != H5O_TYPE_DATASET) return herr_t(0);
    const h5::Dataset dataset = h5::open_dataset(object, name);
    const h5::Extent chunk = h5::chunk_of(dataset), extent = h5::extent_of(dataset);
    hsize_t chunks = 0;
    const h5::Space space(H5Dget_space(dataset.get()));
    H5Dget_num_chunks(dataset.get(), space.get(), &chunks);
    std::string& bytes = (*static_cast<std::map<std::string, std::string>*>(data))[name];
    for (hsize_t i = 0; i < chunks; ++i) {
      h5::Extent offset(extent.size());
      hsize_t size = 0;
      H5Dget_chunk_info(dataset.get(), space.get(), i, offset.data(), nullptr, nullptr, &size);
      std::string block(size, '\0');
      std::uint32_t filters = 0;
      EXPECT_GE(H5Dread_chunk(dataset.get(), H5P_DEFAULT, offset.data(), &filters, block.data()),
                0);
      bytes += block;
    }
    return herr_t(0);
  };
  EXPECT_GE(H5Ovisit2(file.get(), H5_INDEX_NAME, H5_ITER_INC, visit, &all, H5O_INFO_BASIC), 0);
  return all;
}

TEST(Results, TwoWritingsHaveTheSameBytesInEveryDataset) {
  const TemporaryFolder folder;
  sample::write(folder / "a.h5", true);
  sample::write(folder / "b.h5", true);
  const auto a = stored_bytes(folder / "a.h5"), b = stored_bytes(folder / "b.h5");
  EXPECT_GT(a.size(), 100u);
  EXPECT_TRUE(a == b);
}

TEST(Results, BelongsToOneName) {
  const TemporaryFolder folder;
  {
    const RunRecord record = sample::run();
    ResultsWriter writer(folder / "r.h5", record);
    writer.begin_layer(sample::layer(0));
    EXPECT_TRUE(std::filesystem::exists(folder / "r.h5.part"));
    EXPECT_FALSE(std::filesystem::exists(folder / "r.h5"));
  }
  EXPECT_TRUE(std::filesystem::is_empty(folder.path()));  // abandoned
  std::ofstream(folder / "r.h5") << "older";
  sample::write(folder / "r.h5", false);
  EXPECT_FALSE(std::filesystem::exists(folder / "r.h5.part"));
  EXPECT_EQ(ResultsReader(folder / "r.h5").layers().size(), 3u);
}

TEST(Results, AttributesMayBeLongerThanSixtyFourKilobytes) {
  const TemporaryFolder folder;
  RunRecord record = sample::run();
  const std::string config(200'000, 'c');
  record.attributes.emplace_back("long", config);
  record.layers.clear();
  for (int i = 0; i < 18; ++i)
    record.layers.push_back(std::string(4000, 'n') + "/" + std::to_string(i));
  ResultsWriter writer(folder / "r.h5", record);
  for (const std::string& name : record.layers) {
    LayerRecord layer = sample::layer(0);
    layer.name = name;
    writer.begin_layer(layer);
    for (int u = 0; u < 3; ++u)
      writer.write_unit(u, sample::unit(0, u, Ranking::top), Ranking::top);
    writer.end_layer();
  }
  writer.finish();
  const ResultsReader reader(folder / "r.h5");
  EXPECT_EQ(std::get<std::string>(*find_attribute(reader.run().attributes, "long")), config);
  EXPECT_EQ(reader.run().layers, record.layers);
}

TEST(Results, AForgottenUnitIsRefused) {
  const TemporaryFolder folder;
  ResultsWriter writer(folder / "r.h5", sample::run());
  writer.begin_layer(sample::layer(0));
  writer.write_unit(0, sample::unit(0, 0, Ranking::top), Ranking::top);
  EXPECT_THROW(writer.end_layer(), std::logic_error);
  EXPECT_THROW(writer.finish(), std::logic_error);
}

}  // namespace
}  // namespace rfmap
