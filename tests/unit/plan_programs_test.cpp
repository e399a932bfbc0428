#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "plan/programs.h"

using namespace rfmap;
using namespace rfmap::plan;
using testing::ElementsAre;

namespace {

/// data -> conv 1 -> relu 2 -> conv 3 -> sum 4 (with relu 2) -> relu 5 -> pool 6
Graph residual_block() {
  const auto conv = [](int channels) {
    Conv c;
    c.out_channels = channels;
    c.weights = std::make_shared<const std::vector<float>>(64, 1.f);
    return c;
  };
  Pool pool;
  pool.kernel = pool.stride = {2, 2};
  const Shape s{8, 6, 6};
  Graph graph;
  graph.nodes = {{"data", {}, {}, Input{}, {}, {8, 6, 6}},  {"conv1", {}, {}, conv(8), {0}, s},
                 {"relu1", {}, {}, Activation{}, {1}, s},   {"conv2", {}, {}, conv(8), {2}, s},
                 {"sum", {}, {}, Elementwise{}, {3, 2}, s}, {"relu2", {}, {}, Activation{}, {4}, s},
                 {"pool", {}, {}, pool, {5}, {8, 3, 3}}};
  return graph;
}

/// "conv1+relu", "conv2+residual+relu", "pool", ... of a program's Compute steps.
std::vector<std::string> computes(const Program& program) {
  std::vector<std::string> names;
  for (const Step& step : program.steps) {
    const auto* compute = std::get_if<Compute>(&step.kind);
    if (!compute) continue;
    names.push_back(program.values[step.output].layer + (compute->residual ? "+residual" : "") +
                    (compute->activation ? "+relu" : ""));
  }
  return names;
}

TEST(Fusion, JoinsConvolutionResidualAndActivation) {
  const Program program = occlude_program(residual_block(), {6}, 4, Response::location);
  EXPECT_THAT(computes(program), ElementsAre("conv1+relu", "conv2+residual+relu", "pool"));
  const Step& fused = program.steps[2];
  ASSERT_EQ(fused.inputs.size(), 2u);
  EXPECT_EQ(fused.inputs[0], fused.inputs[1]) << "relu1 is the input and the residual";
}

TEST(Fusion, KeepsWhatIsRead) {
  const Graph graph = residual_block();
  EXPECT_THAT(computes(map_program(graph, {6, 1}, 1)),
              ElementsAre("conv1", "relu1", "conv2+residual+relu", "pool"));
  EXPECT_THAT(computes(map_program(graph, {6, 3}, 1)),
              ElementsAre("conv1+relu", "conv2", "sum+relu", "pool"));
  EXPECT_THAT(computes(map_program(graph, {6, 4}, 1)),
              ElementsAre("conv1+relu", "conv2+residual", "relu2", "pool"));
}

TEST(Fusion, KeepsWhatHasAnotherReader) {
  Graph graph = residual_block();
  graph.nodes.push_back({"again", {}, {}, Elementwise{}, {3, 5}, {8, 6, 6}});
  EXPECT_THAT(computes(map_program(graph, {7}, 1)),
              ElementsAre("conv1+relu", "conv2", "sum+relu", "again"));
}

TEST(Fusion, TakesTheLaterOfTwoConvolutions) {
  Graph graph = residual_block();
  graph.nodes[2].op = graph.nodes[1].op;  // relu1 becomes a convolution of the input
  graph.nodes[2].inputs = {0};
  graph.nodes[3].inputs = {1};
  EXPECT_THAT(computes(map_program(graph, {4}, 1)),
              ElementsAre("conv1", "relu1", "conv2+residual"));
}

TEST(Fusion, LeavesASumThatSpreadsOverSpaceAlone) {
  Graph graph = residual_block();
  graph.nodes[2] = {"gate", {}, {}, Reduce{}, {0}, {8, 1, 1}};
  graph.nodes[3].inputs = {0};
  EXPECT_THAT(computes(map_program(graph, {5}, 1)), ElementsAre("gate", "conv2", "sum+relu"));
}

TEST(Programs, ArePrunedToWhatIsAskedFor) {
  const Program program = map_program(residual_block(), {2}, 3);
  EXPECT_THAT(computes(program), ElementsAre("conv1+relu"));
  for (const Value& value : program.values) EXPECT_EQ(value.batch, 3);
}

TEST(Programs, ReadRightAfterTheValueIsMade) {
  const Program program = occlude_program(residual_block(), {6, 2, 0}, 4, Response::max);
  std::vector<int> tables;
  for (std::size_t i = 0; i < program.steps.size(); ++i) {
    const auto* read = std::get_if<ReadResponse>(&program.steps[i].kind);
    if (!read) continue;
    EXPECT_EQ(read->kind, Response::max);
    EXPECT_EQ(program.steps[i - 1].output, program.steps[i].inputs[0]);
    tables.push_back(read->table);
  }
  EXPECT_THAT(tables, ElementsAre(2, 1, 0));
}

TEST(Programs, ScanReadsMaximaAndMinimaByTable) {
  const Program program = scan_program(residual_block(), {{6, {3}}, {2, {}}}, 2, true);
  std::vector<std::pair<int, bool>> tables;
  for (const Step& step : program.steps) {
    const auto* read = std::get_if<ReadExtrema>(&step.kind);
    if (!read) continue;
    tables.push_back({read->table, read->minimum});
    EXPECT_EQ(read->channels.size(), read->table < 2 ? 1u : 8u);
  }
  EXPECT_THAT(tables, testing::UnorderedElementsAre(std::pair(0, false), std::pair(1, true),
                                                    std::pair(2, false), std::pair(3, true)));
}

TEST(Programs, LoadFillsTheResidentSlots) {
  const Program program = load_program({3, 5, 5}, 7);
  ASSERT_EQ(program.values.size(), 1u);
  EXPECT_EQ(program.values[0].resident, 0);
  EXPECT_EQ(program.values[0].batch, 7);
}

TEST(Programs, CountTheirMacsAndScratch) {
  const Program program = occlude_program(residual_block(), {6}, 4, Response::location);
  EXPECT_EQ(macs(program), 2 * 8 * 8 * 36);  // two 1 x 1 convolutions of 8 channels
  // relu1 and conv2's result at the same time; the input before them fits into the same memory.
  EXPECT_EQ(scratch_bytes(program), 2 * 4 * 8 * 36 * sizeof(float));
}

}  // namespace
