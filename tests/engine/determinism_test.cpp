#include <gtest/gtest.h>

#include "occluding.h"
#include "same_bits.h"

using namespace rfmap;
using namespace rfmap::plan;
using namespace rfmap::testing_engines;

namespace {

class SameBits : public testing::TestWithParam<std::string> {};

TEST_P(SameBits, InEverySlotWhateverTheNeighboursHold) {
  Draw draw(14);
  for (const Graph& graph : networks()) {
    const std::size_t volume = graph.input().volume();
    const std::vector<float> sample = draw.values(volume);
    std::vector<float> images = draw.values(9 * volume, 5);
    for (int slot : {0, 3, 4, 8})
      std::copy(sample.begin(), sample.end(), images.begin() + slot * volume);
    const auto maps = maps_of(*engine_of(GetParam()), graph, all_nodes(graph), images);
    for (std::size_t i = 0; i < maps.size(); ++i) {
      const std::size_t size = graph.nodes[i].shape.volume();
      const auto slot = [&](int n) {
        return std::vector<float>(maps[i].begin() + n * size, maps[i].begin() + (n + 1) * size);
      };
      for (int n : {3, 4, 8})
        EXPECT_TRUE(same_bits(slot(n), slot(0))) << graph.nodes[i].name << ", slot " << n;
    }
    if (GetParam() == "reference" && HasFailure()) return;
  }
}

TEST_P(SameBits, WhenRunTwiceWithOtherWorkBetween) {
  Draw draw(15);
  const Graph graph = small_alexnet(draw);
  const int node = int(graph.nodes.size()) - 1;
  Occluding run(*engine_of(GetParam()), graph, {node}, 4, {7, 7});
  run.set_patches(draw.values(3 * 7 * 7));
  const std::vector<float> image = draw.values(graph.input().volume());
  run.load(image);
  const std::vector<Read> reads = every_read(graph.nodes[node].shape);
  const std::vector<Occluder> occluders{{{0, 0}, 0, 0}, {{30, 31}, 0, 0}, {}, {{60, -3}, 0, 0}};
  const std::vector<float> first = run.responses(occluders, reads);
  run.load(draw.values(graph.input().volume(), 9));
  run.responses({{{5, 5}, 0, 0}}, reads);
  run.load(image);
  EXPECT_TRUE(same_bits(run.responses(occluders, reads), first));
}

TEST_P(SameBits, WithCallsUnderWayAsOneAfterTheOther) {
  Draw draw(18);
  const Graph graph = small_alexnet(draw);
  const int node = int(graph.nodes.size()) - 1;
  Occluding run(*engine_of(GetParam()), graph, {node}, 4, {7, 7});
  run.set_patches(draw.values(3 * 7 * 7));
  run.load(draw.values(graph.input().volume()));
  const std::vector<Read> reads = every_read(graph.nodes[node].shape);
  std::vector<std::vector<Occluder>> calls;
  for (int i = 0; i < 7; ++i)
    calls.push_back({{}, {{i, 9 * i}, 0, 0}, {{40 - 5 * i, 3}, 0, 0}, {{60, 8 * i}, 0, 0}});
  std::vector<std::vector<float>> want, got;
  for (const auto& call : calls) want.push_back(run.run(call, {reads}).responses[0]);
  EXPECT_NE(want[0], want[1]);
  for (const auto& call : calls) {
    if (run.under_way() == run.depth()) got.push_back(run.collect());
    run.submit(call, reads);
  }
  EXPECT_EQ(run.under_way(), run.depth());
  while (run.under_way() > 0) got.push_back(run.collect());
  ASSERT_EQ(got.size(), want.size());
  for (std::size_t i = 0; i < got.size(); ++i) EXPECT_TRUE(same_bits(got[i], want[i])) << i;
}

TEST_P(SameBits, BatchOneAndSixtyFourAgreeWithinTheNoiseFloor) {
  Draw draw(16);
  const Graph graph = small_alexnet(draw);
  const std::vector<int> nodes = all_nodes(graph);
  const std::size_t volume = graph.input().volume();
  const std::vector<float> images = draw.values(64 * volume);
  const auto engine = engine_of(GetParam());
  const float noise = std::max(1e-6f, slack_of(GetParam()).network);
  const auto all = maps_of(*engine, graph, nodes, images);
  for (int n : {0, 41, 63}) {
    const auto one = maps_of(*engine, graph, nodes,
                             {images.begin() + n * volume, images.begin() + (n + 1) * volume});
    for (std::size_t i = 0; i < nodes.size(); ++i) {
      const std::size_t size = one[i].size();
      const std::vector<float> part(all[i].begin() + n * size, all[i].begin() + (n + 1) * size);
      EXPECT_TRUE(all_near(part, one[i], noise * largest(one[i]), 0)) << graph.nodes[i].name;
    }
  }
}

INSTANTIATE_TEST_SUITE_P(Engines, SameBits, testing::ValuesIn(engines_under_test()));

}  // namespace
