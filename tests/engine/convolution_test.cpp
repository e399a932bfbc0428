#include "one_operation.h"

using namespace rfmap;
using namespace rfmap::testing_engines;

namespace {

class Convolution : public OnEngine {};

/// Kernel of ones: the output is the sum over the window.
Conv ones(int in, int out, Size kernel, int groups = 1) {
  Conv conv;
  conv.kernel = kernel;
  conv.groups = groups;
  conv.out_channels = out;
  conv.weights =
      numbers(std::vector<float>(std::size_t(out) * (in / groups) * kernel.h * kernel.w, 1));
  return conv;
}

TEST_P(Convolution, IsACrossCorrelation) {
  Conv conv = ones(1, 1, {2, 2});
  conv.weights = numbers({1, 10, 100, 1000});  // [y][x], not mirrored
  conv.bias = numbers({0.5f});
  EXPECT_TRUE(is(run({1, 2, 3}, {1, 2, 3, 4, 5, 6}, conv), {5421.5f, 6532.5f}));
}

TEST_P(Convolution, SeesZerosInPaddingThatDiffersOnEachSide) {
  Conv conv = ones(1, 1, {2, 3});
  conv.pad = {1, 2, 0, 1};  // top, left, bottom, right
  // Two rows of three ones: sums over the part inside.
  EXPECT_TRUE(is(run({1, 2, 3}, std::vector<float>(6, 1), conv), {1, 2, 3, 2, 2, 4, 6, 4}));
}

TEST_P(Convolution, StepsByItsStridePerAxis) {
  Conv conv = ones(1, 1, {1, 1});
  conv.stride = {2, 3};
  EXPECT_TRUE(is(run({1, 4, 7}, ramp({1, 4, 7}), conv), {0, 3, 6, 14, 17, 20}));
}

TEST_P(Convolution, SpreadsItsTapsByTheDilation) {
  Conv conv = ones(1, 1, {2, 2});
  conv.weights = numbers({1, 10, 100, 1000});
  conv.dilation = {2, 3};
  // Taps at (0, 0), (0, 3), (2, 0), (2, 3) of a 3 x 4 map.
  EXPECT_TRUE(is(run({1, 3, 4}, ramp({1, 3, 4}), conv), {0 + 30 + 800 + 11000}));
}

TEST_P(Convolution, OfGroupsSeesItsOwnChannelsOnly) {
  const Conv conv = ones(4, 6, {1, 1}, 2);
  EXPECT_TRUE(is(run({4, 1, 1}, {1, 10, 100, 1000}, conv), {11, 11, 11, 1100, 1100, 1100}));
}

TEST_P(Convolution, OfDepthKeepsChannelsApart) {
  for (int channels : {3, 8, 20}) {
    Conv conv = ones(channels, channels, {1, 2}, channels);
    conv.bias = numbers(std::vector<float>(channels, 0.25f));
    const std::vector<float> in = ramp({channels, 1, 2});
    std::vector<float> want;
    for (int c = 0; c < channels; ++c) want.push_back(float(4 * c + 1) + 0.25f);
    EXPECT_TRUE(is(run({channels, 1, 2}, in, conv), want)) << channels;
  }
}

TEST_P(Convolution, AddsAllInputChannelsWhateverTheirNumber) {
  for (int in : {1, 3, 5, 8, 17, 64}) {
    for (int out : {1, 7, 16}) {
      Conv conv = ones(in, out, {1, 1});
      std::vector<float> bias;
      for (int o = 0; o < out; ++o) bias.push_back(float(o));
      conv.bias = numbers(bias);
      for (float& b : bias) b += float(in * (in - 1) / 2);
      EXPECT_TRUE(is(run({in, 1, 1}, ramp({in, 1, 1}), conv), bias)) << in << " to " << out;
    }
  }
}

TEST_P(Convolution, LargeStridedAndPaddedEqualsOnePaddedBeforehand) {
  Draw draw(21);
  Conv conv = random_conv(draw, 3, 16, {11, 11});
  conv.stride = {4, 4};
  const std::vector<float> sample = draw.values(3 * 35 * 40);
  Network before({3, 35, 40});
  before.add(Pad{{2, 1, 2, 3}, 0});
  before.add(conv);
  conv.pad = {2, 1, 2, 3};
  EXPECT_TRUE(all_near(run({3, 35, 40}, sample, conv), last(before, sample), 2e-6f, 0));
}

TEST_P(Convolution, FullyConnectedIsAMatrixTimesTheVector) {
  const FullyConnected op{2, numbers({1, 2, 3, 4, 5, 6}), numbers({0.5f, -0.5f})};
  EXPECT_TRUE(is(run({3, 1, 1}, {1, 10, 100}, op), {321.5f, 653.5f}));
}

TEST_P(Convolution, FullyConnectedReadsAMapInChannelRowColumnOrder) {
  Network net({2, 2, 3});
  net.add(Conv(ones(2, 2, {1, 1}, 2)));  // leaves the library's own layout
  net.add(Reshape{}, {net.last()}, {12, 1, 1});
  std::vector<float> weights(12);
  for (int i = 0; i < 12; ++i) weights[i] = float(i * i);
  net.add(FullyConnected{1, numbers(weights), nullptr});
  float want = 0;
  for (int i = 0; i < 12; ++i) want += float(i * i * i);
  EXPECT_TRUE(is(last(net, ramp({2, 2, 3})), {want}));
}

INSTANTIATE_TEST_SUITE_P(Engines, Convolution, testing::ValuesIn(engines_under_test()));

}  // namespace
