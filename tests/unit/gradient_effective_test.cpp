#include <cmath>

#include <gtest/gtest.h>

#include "rfmap/aggregate.h"
#include "rfmap/gradient.h"

#include "engine/network.h"

// The findings of Luo et al., "Understanding the Effective Receptive Field in Deep Convolutional
// Neural Networks" (NIPS 2016), on stacks of 3 x 3 convolutions of random weights.
namespace rfmap {
namespace {

using namespace testing_engines;

constexpr int kSide = 61, kChannels = 8, kSeeds = 6;

Conv same_conv(Draw& draw, int in, int out) {
  Conv conv = random_conv(draw, in, out, {3, 3});
  conv.pad = {1, 1, 1, 1};
  return conv;
}

/// `depth` convolutions; with `skips` each output from the second on is added to its input.
Graph stack(Draw& draw, int depth, bool skips) {
  Network net({1, kSide, kSide});
  net.add(same_conv(draw, 1, kChannels));
  for (int i = 1; i < depth; ++i) {
    const int before = net.last();
    const int after = net.add(same_conv(draw, kChannels, kChannels));
    if (skips) net.add(Elementwise{}, {after, before});
  }
  return net.graph;
}

/// Effective field of the neuron in the middle: mean over networks of random weights.
GradientMaps effective_field(int depth, bool skips) {
  GradientMean mean({1, kSide, kSide});
  for (unsigned seed = 0; seed < kSeeds; ++seed) {
    Draw draw(100 + seed);
    const Graph graph = stack(draw, depth, skips);
    const int node = int(graph.nodes.size()) - 1;
    Gradients gradients(graph, {node}, 1);
    gradients.forward(draw.values(graph.input().volume()));
    for (int c = 0; c < kChannels; ++c)
      mean.add(gradients.backward({node, c, {kSide / 2, kSide / 2}}));
  }
  return mean.maps();
}

Sizes sizes_of(const std::vector<float>& map) {
  const std::vector<std::uint8_t> all(map.size(), 1);
  return measure_sizes(map, all, {kSide, kSide}, 0.1);
}

/// Standard deviation along rows of a map, as a distribution.
double spread(const std::vector<float>& map) {
  double mass = 0, first = 0, second = 0;
  for (std::size_t i = 0; i < map.size(); ++i) {
    const double y = double(i / kSide) - kSide / 2;
    mass += map[i], first += map[i] * y, second += map[i] * y * y;
  }
  return std::sqrt(second / mass - first / mass * (first / mass));
}

// Equal weights: the gradient is the distribution of a sum of `depth` steps of -1, 0, 1, whose
// variance is 2/3 depth.
TEST(EffectiveField, EqualWeightsGiveTheRandomWalksDistribution) {
  Network net({1, kSide, kSide});
  for (int i = 0; i < 12; ++i) {
    Conv conv;
    conv.kernel = {3, 3};
    conv.pad = {1, 1, 1, 1};
    conv.out_channels = 1;
    conv.weights = numbers(std::vector<float>(9, 1.f / 9));
    net.add(conv);
  }
  Gradients gradients(net.graph, {net.last()}, 1);
  gradients.forward(std::vector<float>(net.graph.input().volume(), 1));
  const auto g = gradients.backward({net.last(), 0, {kSide / 2, kSide / 2}});
  const std::vector<float> map(g.begin(), g.end());
  EXPECT_NEAR(spread(map), std::sqrt(12 * 2 / 3.0), 1e-4);
  EXPECT_GT(sizes_of(map).gaussian.r2, 0.999);
}

// Random weights: the squared gradient's mean is that distribution too.
TEST(EffectiveField, IsGaussianAndGrowsLikeTheRootOfDepth) {
  double before = 1e9;
  for (int depth : {5, 10, 20}) {
    const GradientMaps maps = effective_field(depth, false);
    EXPECT_NEAR(spread(maps.squared), std::sqrt(depth * 2 / 3.0), 0.1 * std::sqrt(depth * 2 / 3.0))
        << depth;
    const Sizes sizes = sizes_of(maps.absolute);
    EXPECT_GT(sizes.gaussian.r2, 0.95) << depth;
    const double ratio = sizes.cut10 / (2 * depth + 1);  // to the theoretical field
    EXPECT_LT(ratio, before) << depth;
    before = ratio;
  }
  const double shallow = sizes_of(effective_field(5, false).absolute).gaussian.parameters[3];
  const double deep = sizes_of(effective_field(20, false).absolute).gaussian.parameters[3];
  EXPECT_NEAR(deep / shallow, 2, 0.3);  // the square root of 20 / 5
}

TEST(EffectiveField, SkipConnectionsShrinkIt) {
  const Sizes plain = sizes_of(effective_field(20, false).absolute);
  const Sizes skipping = sizes_of(effective_field(20, true).absolute);
  EXPECT_LT(skipping.cut10, 0.95 * plain.cut10);
  EXPECT_LT(skipping.gaussian.parameters[3], 0.95 * plain.gaussian.parameters[3]);
}

}  // namespace
}  // namespace rfmap
