#include <set>
#include <sstream>

#include <gtest/gtest.h>
#include <omp.h>
#include <oneapi/dnnl/dnnl.h>

#include "same_bits.h"

using namespace rfmap;
using namespace rfmap::testing_engines;

namespace {

/// oneDNN's list of what it runs, one "primitive,implementation" per line, if the node's operation
/// (with its inputs) is computed again.
std::string implementations(const Graph& graph, int node, int batch, int threads) {
  dnnl_set_verbose(1);
  testing::internal::CaptureStdout();
  const std::vector<float> images(batch * graph.input().volume());
  maps_of(*engine_of("cpu", threads), graph, {node}, images);
  std::istringstream lines(testing::internal::GetCapturedStdout());
  dnnl_set_verbose(0);
  std::set<std::string> names;
  const std::string mark = "exec,cpu,";
  for (std::string line; std::getline(lines, line);) {
    const auto at = line.find(mark);
    if (at == std::string::npos || line.find("reorder") != std::string::npos) continue;
    const auto first = at + mark.size(), comma = line.find(',', first);
    names.insert(line.substr(first, line.find(',', comma + 1) - first));
  }
  std::string text;
  for (const std::string& name : names) text += "\n  " + name;
  return text;
}

/// The message names the first node that differs, and the implementations that computed it.
void expect_same_bits(const Graph& graph, int batch, int threads, Draw& draw) {
  const std::vector<float> images = draw.values(batch * graph.input().volume());
  const auto one = maps_of(*engine_of("cpu", 1), graph, all_nodes(graph), images);
  const auto many = maps_of(*engine_of("cpu", threads), graph, all_nodes(graph), images);
  for (std::size_t i = 0; i < one.size(); ++i) {
    const auto same = same_bits(many[i], one[i]);
    if (same) continue;
    ADD_FAILURE() << graph.nodes[i].name << ", batch " << batch << ", threads " << threads << ": "
                  << same.message() << "; oneDNN ran"
                  << implementations(graph, int(i), batch, threads);
    return;
  }
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

struct Channels {
  int in, out, groups;
};

Graph one_convolution(const Channels& channels, Size kernel, int side, Draw& draw) {
  Network net({channels.in, side, side + 2});
  Conv conv = random_conv(draw, channels.in, channels.out, kernel, channels.groups);
  if (draw.coin()) conv.stride = {2, 2};
  if (draw.coin()) conv.pad = {kernel.h / 2, kernel.w / 2, kernel.h / 2, kernel.w / 2};
  net.add(conv);
  return net.graph;
}

/// Implementations choose their blocks by channels, kernel, map and number of threads.
TEST(Determinism, ThreadsDoNotChangeAConvolution) {
  Draw draw(19);
  const std::vector<Channels> all{{3, 3, 1},   {45, 3, 1},    {3, 3, 3},    {1, 8, 1},
                                  {3, 64, 1},  {17, 5, 1},    {16, 16, 1},  {32, 32, 32},
                                  {24, 40, 2}, {48, 128, 2},  {64, 64, 1},  {96, 64, 1},
                                  {100, 7, 1}, {128, 192, 1}, {256, 32, 1}, {300, 300, 1}};
  for (const Channels& channels : all)
    for (int side : {1, 3, 5, 11}) {
      const Graph graph = one_convolution(channels, {side, side}, side + 2 + draw.below(20), draw);
      for (int threads : {2, 3, 8}) expect_same_bits(graph, 1, threads, draw);
      for (int threads : {2, 5}) expect_same_bits(graph, 6, threads, draw);
    }
}

TEST(Determinism, ThreadsDoNotChangeAFullyConnectedLayer) {
  Draw draw(20);
  for (const auto& [in, out] : {std::pair{3, 3}, {45, 3}, {100, 7}, {64, 128}, {1000, 300}}) {
    Network net({in, 1, 1});
    net.add(FullyConnected{out, draw.floats(std::size_t(in) * out), draw.floats(out)});
    for (int batch : {1, 7, 16})
      for (int threads : {2, 3, 8}) expect_same_bits(net.graph, batch, threads, draw);
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
