#include "one_operation.h"
#include "rearrangements.h"

using namespace rfmap;
using namespace rfmap::graph;
using namespace rfmap::testing_engines;
using namespace rfmap::testing_moves;

namespace {

class Rearrange : public OnEngine {};

TEST_P(Rearrange, ConcatJoinsAlongEachAxis) {
  const std::vector<float> in{1, 2, 3, 4, 5, 6, 7, 8};  // [2, 2, 2]
  const std::vector<float> want[] = {{1, 2, 3, 4, 5, 6, 7, 8, 1, 2, 3, 4, 5, 6, 7, 8},
                                     {1, 2, 3, 4, 1, 2, 3, 4, 5, 6, 7, 8, 5, 6, 7, 8},
                                     {1, 2, 1, 2, 3, 4, 3, 4, 5, 6, 5, 6, 7, 8, 7, 8}};
  for (int axis = 0; axis < 3; ++axis) {
    Network net({2, 2, 2});
    net.add(Concat{axis}, {0, 0});
    EXPECT_TRUE(is(last(net, in), want[axis])) << axis;
  }
}

TEST_P(Rearrange, ConcatOfBlockedMapsWithOddChannels) {
  // Identity convolutions leave the library's layouts; 3 + 8 + 5 channels.
  Network net({16, 2, 3});
  std::vector<int> parts;
  int first = 0;
  for (int count : {3, 8, 5}) {
    const int part = net.add(Slice{0, first, first + count}, {0});
    Conv conv;
    conv.groups = conv.out_channels = count;
    conv.weights = numbers(std::vector<float>(count, 1));
    parts.push_back(net.add(conv, {part}));
    first += count;
  }
  net.add(Concat{0}, parts);
  EXPECT_TRUE(is(last(net, ramp({16, 2, 3})), ramp({16, 2, 3})));
}

TEST_P(Rearrange, SliceTakesARange) {
  const std::vector<float> in = ramp({3, 2, 2});
  EXPECT_TRUE(is(run({3, 2, 2}, in, Slice{0, 1, 3}), {4, 5, 6, 7, 8, 9, 10, 11}));
  EXPECT_TRUE(is(run({3, 2, 2}, in, Slice{1, 1, 2}), {2, 3, 6, 7, 10, 11}));
  EXPECT_TRUE(is(run({3, 2, 2}, in, Slice{2, 0, 1}), {0, 2, 4, 6, 8, 10}));
}

TEST_P(Rearrange, PadPutsAConstantAround) {
  EXPECT_TRUE(is(run({1, 1, 2}, {1, 2}, Pad{{1, 0, 0, 2}, 7}), {7, 7, 7, 7, 1, 2, 7, 7}));
}

TEST_P(Rearrange, ReshapeKeepsTheOrder) {
  Network net({2, 2, 3});
  net.add(Reshape{}, {0}, {3, 4, 1});
  net.add(Slice{0, 1, 2});
  EXPECT_TRUE(is(last(net, ramp({2, 2, 3})), {4, 5, 6, 7}));
}

TEST_P(Rearrange, TransposePutsInputAxisOrderIAtI) {
  const std::vector<float> in = ramp({2, 1, 3});
  const Shape shape{2, 1, 3};
  EXPECT_TRUE(is(run(shape, in, transposed(shape, {2, 1, 0})), {0, 3, 1, 4, 2, 5}));
  EXPECT_TRUE(is(run(shape, in, transposed(shape, {1, 0, 2})), {0, 1, 2, 3, 4, 5}));
  // A rotation is not its own inverse: [2, 1, 3] -> [1, 3, 2].
  Network net({2, 1, 3});
  net.add(transposed(shape, {1, 2, 0}));
  EXPECT_EQ(net.shape(1), (Shape{1, 3, 2}));
  EXPECT_TRUE(is(last(net, in), {0, 3, 1, 4, 2, 5}));
}

TEST_P(Rearrange, ChannelShuffleInterleavesGroups) {
  const Shape shape{6, 1, 1};
  EXPECT_TRUE(is(run(shape, ramp(shape), shuffled(shape, 2)), {0, 3, 1, 4, 2, 5}));
  EXPECT_TRUE(is(run(shape, ramp(shape), shuffled(shape, 3)), {0, 2, 4, 1, 3, 5}));
}

TEST_P(Rearrange, BlocksBecomeChannelsAndBack) {
  const Shape map{2, 2, 4};  // 0 1 2 3 / 4 5 6 7, and 8 more
  const std::vector<float> blocks{0, 2, 8, 10, 1, 3, 9, 11, 4, 6, 12, 14, 5, 7, 13, 15};
  EXPECT_TRUE(is(run(map, ramp(map), space_to_depth(map, 2)), blocks));
  EXPECT_TRUE(is(run({8, 1, 2}, blocks, depth_to_space({8, 1, 2}, 2)), ramp(map)));
  const std::vector<float> by_channel{0, 2, 1, 3, 4, 6, 5, 7, 8, 10, 9, 11, 12, 14, 13, 15};
  EXPECT_TRUE(is(run(map, ramp(map), space_to_depth(map, 2, Channels::block_last)), by_channel));
  EXPECT_TRUE(is(run({8, 1, 2}, by_channel, depth_to_space({8, 1, 2}, 2, Channels::block_last)),
                 ramp(map)));
}

TEST_P(Rearrange, StepsRepeatsAndFlips) {
  const Shape map{2, 2, 3};
  const std::vector<float> in = ramp(map);
  EXPECT_TRUE(is(run(map, in, stepped(map, 2, 0, 2)), {0, 2, 3, 5, 6, 8, 9, 11}));
  EXPECT_TRUE(is(run(map, in, stepped(map, 0, 1, 2)), {6, 7, 8, 9, 10, 11}));
  EXPECT_TRUE(is(run(map, in, flipped(map, 2)), {2, 1, 0, 5, 4, 3, 8, 7, 6, 11, 10, 9}));
  EXPECT_TRUE(is(run(map, in, flipped(map, 0)), {6, 7, 8, 9, 10, 11, 0, 1, 2, 3, 4, 5}));
  EXPECT_TRUE(
      is(run({1, 2, 2}, {1, 2, 3, 4}, repeated({1, 2, 2}, 2, 2)), {1, 1, 2, 2, 3, 3, 4, 4}));
  EXPECT_TRUE(
      is(run({1, 2, 2}, {1, 2, 3, 4}, repeated({1, 2, 2}, 1, 2)), {1, 2, 1, 2, 3, 4, 3, 4}));
}

TEST_P(Rearrange, WindowsOfTokens) {
  const Shape map{2, 2, 4};
  const std::vector<float> tokens{0, 8, 1, 9, 4, 12, 5, 13, 2, 10, 3, 11, 6, 14, 7, 15};
  EXPECT_TRUE(is(run(map, ramp(map), windows_of(map, 2)), tokens));
}

TEST_P(Rearrange, ManyChannelsInFours) {
  // Whole blocks and fours of channels; the inverse gives the input back.
  const Shape map{16, 6, 4};
  Network net(map);
  net.add(space_to_depth(map, 2));
  net.add(relu());
  net.add(depth_to_space(net.shape(net.last()), 2));
  EXPECT_TRUE(is(last(net, ramp(map)), ramp(map)));
}

TEST_P(Rearrange, ConstantsAreTheSameForEverySample) {
  const Shape row{2, 1, 2};
  Network net({2, 1, 3});
  const int constant = net.add(Parameter{numbers({7, 8, 9, 10})}, {}, row);
  const int joined = net.add(Concat{2}, {constant, 0});
  const int activated = net.add(Activation{Activation::Kind::clip, 0, 8}, {constant});
  const auto maps = maps_of(*engine_, net.graph, {joined, constant, activated},
                            {0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11});
  EXPECT_TRUE(is(maps[0], {7, 8, 0, 1, 2, 9, 10, 3, 4, 5, 7, 8, 6, 7, 8, 9, 10, 9, 10, 11}));
  EXPECT_TRUE(is(maps[1], {7, 8, 9, 10, 7, 8, 9, 10}));
  EXPECT_TRUE(is(maps[2], {7, 8, 8, 8, 7, 8, 8, 8}));
}

TEST_P(Rearrange, ConstantsUnderOtherShapes) {
  Network net({1, 1, 4});
  const int constant = net.add(Parameter{numbers({1, 2, 3, 4})}, {}, {4, 1, 1});
  const int row = net.add(Reshape{}, {constant}, {1, 1, 4});
  net.add(Elementwise{}, {row, 0});
  EXPECT_TRUE(is(last(net, {10, 20, 30, 40}), {11, 22, 33, 44}));
}

INSTANTIATE_TEST_SUITE_P(Engines, Rearrange, testing::ValuesIn(engines_under_test()));

}  // namespace
