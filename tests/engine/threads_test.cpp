#include <gtest/gtest.h>
#include <omp.h>

#include "same_bits.h"

using namespace rfmap;
using namespace rfmap::testing_engines;

namespace {

void expect_same_bits(const Graph& graph, int batch, int threads, Draw& draw) {
  const std::vector<float> images = draw.values(batch * graph.input().volume());
  const auto one = maps_of(*engine_of("cpu", 1), graph, all_nodes(graph), images);
  const auto many = maps_of(*engine_of("cpu", threads), graph, all_nodes(graph), images);
  for (std::size_t i = 0; i < one.size(); ++i)
    EXPECT_TRUE(same_bits(many[i], one[i]))
        << graph.nodes[i].name << ", batch " << batch << ", threads " << threads;
}

TEST(Determinism, ThreadsDoNotChangeABit) {
  Draw draw(12);
  const std::vector<Graph> graphs = networks();
  for (std::size_t i = 0; i < graphs.size(); ++i) {
    for (int batch : {1, 5}) expect_same_bits(graphs[i], batch, 2, draw);
    if (i < 2) expect_same_bits(graphs[i], 16, 2, draw);
    // More threads than cores are slow; 3 split work unevenly, which 2 need not.
    if (i < 10) expect_same_bits(graphs[i], 5, 3, draw);
  }
}

TEST(Determinism, TheCallersThreadCountIsLeftAlone) {
  const int before = omp_get_max_threads();
  Draw draw(13);
  const Graph graph = small_alexnet(draw);
  maps_of(*engine_of("cpu", before + 2), graph, {1}, draw.values(graph.input().volume()));
  EXPECT_EQ(omp_get_max_threads(), before);
}

}  // namespace
