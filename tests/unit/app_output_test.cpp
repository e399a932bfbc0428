#include <cmath>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "rfmap/error.h"

#include "app/commands/neuron_name.h"
#include "app/output_check.h"
#include "app/text/summary_text.h"
#include "app/text/text_output.h"
#include "app/text/theory_text.h"
#include "app_files.h"

namespace rfmap::app {
namespace {

using testing::HasSubstr;

TEST(Table, ColumnsStandUnderEachOtherWhateverTheirBytes) {
  EXPECT_EQ(
      aligned_table({{"layer", "size", ""}, {"c", "1 ± 2", "t"}, {"pool10", "10 ± 20", ""}}, 1),
      "layer      size\n"
      "c         1 ± 2  t\n"
      "pool10  10 ± 20\n");
}

TEST(Table, CsvQuotesWhatNeedsIt) {
  EXPECT_EQ(csv({{"a", "b,c"}, {"d\"e", ""}}), "a,\"b,c\"\n\"d\"\"e\",\n");
}

TEST(Table, DidYouMeanSpeaksOnlyWhereSomethingIsNear) {
  EXPECT_EQ(did_you_mean("strde", {"seed", "stride"}), "; did you mean stride?");
  EXPECT_EQ(did_you_mean("size", {"size-rule"}), "; did you mean size-rule?");
  EXPECT_EQ(did_you_mean("xylophone", {"seed", "stride"}), "");
}

SummaryRow example_row() {
  SummaryRow r;
  r.layer = "pool1";
  r.kind = "max pooling";
  r.node = "MaxPool_3";
  r.units = 64;
  r.measured = 60;
  r.rf_size = {19, 19};
  r.own_theory = {19, 19, 19};
  r.size_flat = 26.13;
  r.resolved = 58;
  r.with_interval = 60;
  const double none = std::nan("");
  r.over_units = {{"size", {17.94, 2.06}},      {"size_cut10", {17.94, 2.06}},
                  {"size_cut25", {13.9, 1.5}},  {"size_cut50", {none, none}},
                  {"truncated", {0.2, 0.1}},    {"size_equivalent", {9.04, 1.5}},
                  {"size_own", {15.25, 1}},     {"jitter", {2, 1}},
                  {"size_thinned", {18.5, 1}},  {"reliability", {0.93, 0.1}},
                  {"inhibition", {0.125, 0.1}}, {"drop_share", {0.27, 0.1}}};
  return r;
}

TEST(Summary, TableShowsMeansMarksAndWhatIsMissing) {
  const std::string text = summary_text({example_row()}, Format::table);
  for (const char* part :
       {"pool1", "max pooling", "26.1", "17.9 ± 2.1", "13.9 ± 1.5", "60/64", "  tr\n",
        "t: truncated", "9.0 ± 1.5", "48 %", "0.93", "r: some units are below"})
    EXPECT_THAT(text, HasSubstr(part));
  SummaryRow branches = example_row();
  branches.own_theory = {15, 11, 19};
  EXPECT_THAT(summary_text({branches}, Format::table), HasSubstr("11..19"));
  EXPECT_THAT(summary_text({branches}, Format::table), HasSubstr("60 %"));
  SummaryRow whole = example_row();
  whole.over_units["truncated"].mean = 0.1;
  whole.over_units["size_thinned"].mean = 1.21 * whole.of("size").mean;
  EXPECT_THAT(summary_text({whole}, Format::table), HasSubstr("  sr\n"));
  EXPECT_THAT(summary_text({whole}, Format::table), testing::Not(HasSubstr("truncated")));
  SummaryRow few = example_row();
  few.with_interval = 0;
  EXPECT_THAT(summary_text({few}, Format::table), HasSubstr("  tri\n"));
  EXPECT_THAT(summary_text({few}, Format::table), HasSubstr("i: some units have no 95 % interval"));
}

TEST(Summary, CsvAndJsonLeaveOutWhatCouldNotBeMeasured) {
  EXPECT_THAT(summary_text({example_row()}, Format::csv),
              HasSubstr("pool1,max "
                        "pooling,19,19,26.13,17.94,2.06,17.94,2.06,13.9,1.5,,,60,64,0.2,9.04,1.5,"
                        "58,15.25,2,18.5,0.93,0.125,0.27,19,19,19,60,MaxPool_3\n"));
  const std::string json = summary_text({example_row()}, Format::json);
  EXPECT_THAT(json, HasSubstr("\"size_flat\": 26.13"));
  EXPECT_THAT(json, HasSubstr("\"node\": \"MaxPool_3\""));
  EXPECT_THAT(json, HasSubstr("\"mean\": null"));
}

/// Axes that differ: a convolution without padding, then a global average.
Model theory_model() {
  Conv conv;
  conv.kernel = {3, 5};
  conv.stride = {1, 2};
  conv.out_channels = 4;
  Model model;
  const auto node = [&](std::string name, NodeOperation op, std::vector<int> inputs, Shape shape) {
    model.graph.nodes.push_back({name, {name}, {}, std::move(op), std::move(inputs), shape});
  };
  node("data", Input{}, {}, {3, 9, 9});
  node("conv", conv, {0}, {4, 7, 3});
  node("mean", Reduce{}, {1}, {4, 1, 1});
  model.unsupported.push_back({"odd", "Einsum", "is not supported", {"odd"}, {}});
  return model;
}

TheoryAnswer theory_answer(const std::vector<Layer>& layers) {
  const Model model = theory_model();
  return {theory_table(model.graph, layers), {}, model.unsupported, false};
}

TEST(Theory, TableShowsAxesApartMarksAndWhatIsLost) {
  EXPECT_EQ(theory_text(theory_answer({{"conv", 1}, {"mean", 2}}), Format::table),
            "layer  kind                      n  jump  size  padding    start\n"
            "conv   convolution             7x3   1x2   3x5        0  1.5x2.5\n"
            "mean   global average pooling  1x1   1x2     9        0      4.5  g\n"
            "g: global, every position sees the fields of all positions of its input; jump is that "
            "of the map it reads, as for a convolution of the map's size\n"
            "not read: odd (Einsum): is not supported\n");
}

TEST(Theory, CsvHasAColumnAnAxis) {
  EXPECT_THAT(
      theory_text(theory_answer({{"conv", 1}}), Format::csv),
      testing::EndsWith("\nconv,convolution,9,9,7,3,1,2,3,5,0,0,1.5,2.5,1,2,1,0,0,0,0,conv,1,1\n"));
}

TEST(Theory, PositionsAndNeuronsTakeTheTablesPlace) {
  TheoryAnswer answer = theory_answer({{"conv", 1}});
  answer.positions = true;
  EXPECT_THAT(theory_text(answer, Format::csv), HasSubstr("\nconv,x,2,4,8,4,8\n"));
  const Model model = theory_model();
  NamedNeuron neuron = parse_neuron(model, "conv:6:1");
  neuron.box = neuron_box(model.graph, neuron.layer.node, neuron.position);
  answer.neurons.push_back(neuron);
  EXPECT_THAT(theory_text(answer, Format::csv),
              testing::EndsWith("\nconv:6:1,conv,6,2,9,7,6,2,9,7,7,4\n"));
}

std::string neuron_error(const std::string& text) {
  try {
    parse_neuron(theory_model(), text);
  } catch (const ConfigError& e) {
    return e.what();
  }
  return "";
}

TEST(Theory, NeuronsAreSplitFromTheRight) {
  EXPECT_EQ(parse_neuron(theory_model(), "conv:3:6:2").position, (Point{6, 2}));
  EXPECT_EQ(parse_neuron(theory_model(), "conv:3:6:2").channel, 3);
  EXPECT_EQ(parse_neuron(theory_model(), "conv:*:0:0").layer.node, 1);
  EXPECT_EQ(parse_neuron(theory_model(), "conv:*:0:0").channel, -1);
  EXPECT_THAT(neuron_error("conv:7:0"), HasSubstr("rows 0 to 6"));
  EXPECT_THAT(neuron_error("conv:4:0:0"), HasSubstr("channels 0 to 3"));
  EXPECT_THAT(neuron_error("conv:0"), HasSubstr("LAYER:Y:X"));
  EXPECT_THAT(neuron_error("conv:-1:0"), HasSubstr("LAYER:Y:X"));
  EXPECT_THAT(neuron_error("cnv:0:0"), HasSubstr("conv"));
}

std::string output_error(const std::string& path, bool overwrite) {
  try {
    check_output(path, {.overwrite = overwrite});
  } catch (const ConfigError& e) {
    return e.what();
  }
  return "";
}

TEST(Output, IsCheckedBeforeAnyWorkAndLeavesNothing) {
  TemporaryFolder folder;
  EXPECT_EQ(output_error(folder / "new.h5", false), "");
  EXPECT_TRUE(std::filesystem::is_empty(folder.path()));
  EXPECT_THAT(output_error(folder / "absent/new.h5", false), HasSubstr("does not exist"));
  EXPECT_THAT(output_error(folder.path().string(), false), HasSubstr("is a folder"));
  const std::string old = write_text(folder / "old.h5", "old");
  EXPECT_THAT(output_error(old, false), HasSubstr("--overwrite"));
  EXPECT_EQ(output_error(old, true), "");
  EXPECT_EQ(read_text(old), "old");
  EXPECT_THAT(output_error("/proc/new.h5", false), HasSubstr("cannot be written"));
}

TEST(Output, FullDeviceIsAFault) {
  try {
    put_text("/dev/full", "text");
    FAIL() << "no error";
  } catch (const EngineError& e) {
    EXPECT_THAT(e.what(), HasSubstr("/dev/full"));
  }
  EXPECT_THROW(put_text("/absent/file", "text"), ConfigError);
}

}  // namespace
}  // namespace rfmap::app
