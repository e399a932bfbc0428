#include "one_operation.h"

using namespace rfmap;
using namespace rfmap::testing_engines;

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
  EXPECT_TRUE(is(run({2, 1, 3}, in, Transpose{{2, 1, 0}}), {0, 3, 1, 4, 2, 5}));
  EXPECT_TRUE(is(run({2, 1, 3}, in, Transpose{{1, 0, 2}}), {0, 1, 2, 3, 4, 5}));
  // A rotation is not its own inverse: [2, 1, 3] -> [1, 3, 2].
  Network net({2, 1, 3});
  net.add(Transpose{{1, 2, 0}});
  EXPECT_EQ(net.shape(1), (Shape{1, 3, 2}));
  EXPECT_TRUE(is(last(net, in), {0, 3, 1, 4, 2, 5}));
}

TEST_P(Rearrange, ChannelShuffleInterleavesGroups) {
  EXPECT_TRUE(is(run({6, 1, 1}, {0, 1, 2, 3, 4, 5}, ChannelShuffle{2}), {0, 3, 1, 4, 2, 5}));
  EXPECT_TRUE(is(run({6, 1, 1}, {0, 1, 2, 3, 4, 5}, ChannelShuffle{3}), {0, 2, 4, 1, 3, 5}));
}

INSTANTIATE_TEST_SUITE_P(Engines, Rearrange, testing::ValuesIn(engines_under_test()));

}  // namespace
