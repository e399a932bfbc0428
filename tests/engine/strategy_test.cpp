#include "run/strategy.h"

#include <filesystem>

#include <gtest/gtest.h>

#include "rfmap/field.h"

#include "engine/network.h"
#include "engines/make_engine.h"
#include "temporary_folder.h"

namespace rfmap {
using namespace plan;
using namespace run;
using namespace engines;
namespace {

using namespace testing_engines;

/// One unit of a convolution after two others, on a 64 x 64 image with a small occluder: windows
/// are far less work than full passes.
class SettleStrategy : public testing::Test {
 protected:
  SettleStrategy() : net_({3, 64, 64}) {
    for (int i = 0; i < 3; ++i) {
      Conv conv;
      conv.out_channels = 4;
      conv.kernel = {3, 3};
      conv.weights =
          numbers(std::vector<float>(std::size_t(4 * net_.shape(net_.last()).c * 9), 0.1f));
      net_.add(conv);
    }
    run_.model.graph = net_.graph;
    run_.preprocessing.crop = {64, 64};
    run_.grid = make_grid({64, 64}, {4, 4}, {2, 2});
    MeasuredLayer layer;
    layer.node = net_.last();
    layer.name = net_.graph.nodes[layer.node].name;
    layer.shape = net_.shape(layer.node);
    layer.field = theoretical_fields(net_.graph)[layer.node];
    layer.units = {0};
    run_.layers = {layer};
    pairs_ = {{0, Ranking::top, 0, 0, {0, 1, {20, 20}}}};
    engine_ = make_engine("cpu", {1});
    programs_ = compile_programs(*engine_, run_, 4);
  }

  RunFolder folder() const { return {path_, {{"run", "a"}}, RunFolder::Existing::resume}; }

  TemporaryFolder temporary_;
  std::filesystem::path path_ = temporary_.path() / "run.parts";
  Network net_;
  run::Run run_;
  std::vector<Pair> pairs_;
  std::unique_ptr<Engine> engine_;
  Programs programs_;
};

TEST_F(SettleStrategy, WindowsWhereTheyAreClearlyLessWork) {
  RunFolder folder = this->folder();
  settle_strategy(run_, pairs_, {&programs_, 1}, folder);
  EXPECT_EQ(programs_.window_layers, std::vector<int>{0});
  EXPECT_TRUE(programs_.full_layers.empty());
  EXPECT_EQ(folder.recorded_choice("strategy"), 1);
}

TEST_F(SettleStrategy, ARecordedChoiceIsKept) {
  RunFolder folder = this->folder();
  folder.record_choice("strategy", 2);
  settle_strategy(run_, pairs_, {&programs_, 1}, folder);
  EXPECT_EQ(programs_.full_layers, std::vector<int>{0});
  EXPECT_TRUE(programs_.window_layers.empty());
}

TEST_F(SettleStrategy, WhatWasAskedForStays) {
  run_.machine.strategy = Strategy::window;
  RunFolder folder = this->folder();
  settle_strategy(run_, pairs_, {&programs_, 1}, folder);
  EXPECT_EQ(programs_.window_layers, std::vector<int>{0});
  EXPECT_EQ(folder.recorded_choice("strategy"), 0);
}

int add_conv(Network& net, int from, int channels, int side) {
  Conv conv;
  conv.out_channels = channels;
  conv.kernel = {side, side};
  conv.pad = {side / 2, side / 2, side / 2, side / 2};
  conv.weights =
      numbers(std::vector<float>(std::size_t(channels * net.shape(from).c * side * side), 0.1f));
  return net.add(conv, {from});
}

int add_gate(Network& net, int from) {
  const int mean = net.add(Reduce{}, {from});
  return net.add(Elementwise{Elementwise::Kind::product}, {from, mean});
}

MeasuredLayer measured(const Graph& graph, int node) {
  MeasuredLayer layer;
  layer.node = node;
  layer.name = graph.nodes[node].name;
  layer.shape = graph.nodes[node].shape;
  layer.field = theoretical_fields(graph)[node];
  layer.units = {0};
  return layer;
}

/// Before the first gate a small occluder changes little: its layer is far less work by windows.
/// Between the gates everything changes: the layer after the second is not.
TEST(SplitLayers, BehindGatesByCountedWork) {
  Network net({3, 64, 64});
  const int before = add_conv(net, add_conv(net, 0, 32, 3), 32, 3);
  const int first_gate = add_gate(net, before);
  const int near = add_conv(net, first_gate, 8, 1);
  const int between = add_conv(net, add_conv(net, first_gate, 32, 3), 32, 3);
  const int far = add_conv(net, add_gate(net, between), 8, 1);
  run::Run run;
  run.model.graph = net.graph;
  run.preprocessing.crop = {64, 64};
  run.grid = make_grid({64, 64}, {4, 4}, {16, 16});
  run.layers = {measured(net.graph, near), measured(net.graph, far)};
  const auto engine = make_engine("cpu", {1});
  const Programs counted = compile_programs(*engine, run, 4);
  EXPECT_EQ(counted.window_layers, std::vector<int>{0});
  EXPECT_EQ(counted.full_layers, std::vector<int>{1});
  run.machine.strategy = Strategy::window;
  EXPECT_EQ(compile_programs(*engine, run, 4).window_layers, (std::vector<int>{0, 1}));
  run.machine.strategy = Strategy::full;
  EXPECT_TRUE(compile_programs(*engine, run, 4).window_layers.empty());
}

}  // namespace
}  // namespace rfmap
