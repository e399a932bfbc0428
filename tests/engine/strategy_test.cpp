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
  settle_strategy(run_, pairs_, programs_, folder);
  EXPECT_EQ(programs_.window_layers, std::vector<int>{0});
  EXPECT_TRUE(programs_.full_layers.empty());
  EXPECT_EQ(folder.recorded_choice("strategy"), 1);
}

TEST_F(SettleStrategy, ARecordedChoiceIsKept) {
  RunFolder folder = this->folder();
  folder.record_choice("strategy", 2);
  settle_strategy(run_, pairs_, programs_, folder);
  EXPECT_EQ(programs_.full_layers, std::vector<int>{0});
  EXPECT_TRUE(programs_.window_layers.empty());
}

TEST_F(SettleStrategy, WhatWasAskedForStays) {
  run_.machine.strategy = Strategy::window;
  RunFolder folder = this->folder();
  settle_strategy(run_, pairs_, programs_, folder);
  EXPECT_EQ(programs_.window_layers, std::vector<int>{0});
  EXPECT_EQ(folder.recorded_choice("strategy"), 0);
}

}  // namespace
}  // namespace rfmap
