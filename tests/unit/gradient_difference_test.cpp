#include <cmath>
#include <functional>
#include <optional>
#include <utility>

#include <gtest/gtest.h>

#include "gradient_differences.h"

// Gradients against differences of the reference engine's responses: operations with weights, and
// whole networks.
namespace rfmap {
namespace {

using namespace testing_engines;
using namespace testing_gradients;

Pool pool_of(Pool::Kind kind, bool include = false) {
  Pool pool;
  pool.kind = kind;
  pool.kernel = {3, 2};
  pool.stride = {2, 1};
  pool.pad = {1, 1, 1, 0};
  pool.count_include_pad = include;
  return pool;
}

TEST(GradientDifference, Convolutions) {
  struct Case {
    Size kernel, stride, dilation;
    int in, out, groups;
  };
  const Case cases[] = {{{3, 3}, {1, 1}, {1, 1}, 2, 8, 1}, {{5, 3}, {2, 1}, {1, 1}, 4, 6, 2},
                        {{3, 3}, {1, 1}, {2, 2}, 3, 4, 1}, {{1, 1}, {1, 1}, {1, 1}, 8, 16, 1},
                        {{3, 3}, {2, 2}, {1, 1}, 8, 8, 8}, {{3, 3}, {2, 2}, {2, 2}, 8, 8, 1}};
  for (const Case& c : cases) {
    Draw draw(5);
    Network net({c.in, 9, 8});
    Conv conv = random_conv(draw, c.in, c.out, c.kernel, c.groups);
    conv.stride = c.stride;
    conv.dilation = c.dilation;
    conv.pad = {1, 2, 0, 1};
    net.add(conv);
    net.add(random_conv(draw, c.out, 5, {2, 2}));
    SCOPED_TRACE(c.groups * 100 + c.kernel.h);
    expect_gradient(net.graph, {net.last(), 2, {1, 1}}, draw.values(net.graph.input().volume()));
  }
}

TEST(GradientDifference, Poolings) {
  expect_gradient_of(pool_of(Pool::Kind::max), {0, 4, {1, 2}});
  expect_gradient_of(pool_of(Pool::Kind::average), {0, 4, {0, 0}});
  expect_gradient_of(pool_of(Pool::Kind::average, true), {0, 8, {0, 0}});
  Pool ceil = pool_of(Pool::Kind::average, true);
  ceil.ceil_mode = true;
  ceil.stride = {2, 2};
  expect_gradient_of(ceil, {0, 1, {2, 2}});
  expect_gradient_of(Reduce{Reduce::Kind::mean}, {0, 3, {0, 0}});
  expect_gradient_of(Reduce{Reduce::Kind::maximum}, {0, 3, {0, 0}});
}

TEST(GradientDifference, Activations) {
  using Kind = Activation::Kind;
  Draw draw(8);
  for (Activation op :
       {Activation{Kind::relu}, Activation{Kind::leaky_relu, 0.3f},
        Activation{Kind::clip, -0.2f, 0.4f}, Activation{Kind::sigmoid}, Activation{Kind::tanh}}) {
    SCOPED_TRACE(int(op.kind));
    expect_gradient_of(op, {0, -1, {2, 2}});
  }
  Activation prelu{Kind::prelu};
  prelu.slope = draw.floats(9);
  expect_gradient_of(prelu, {0, -1, {2, 2}});
}

TEST(GradientDifference, FunctionsOfOneNumber) {
  using Kind = Activation::Kind;
  for (const Activation& op : {Activation{Kind::hard_swish},
                               Activation{Kind::hard_sigmoid, 0.2f, 0.5f},
                               Activation{Kind::erf},
                               Activation{Kind::gelu},
                               Activation{Kind::gelu_tanh},
                               Activation{Kind::swish, 1.5f},
                               Activation{Kind::mish},
                               Activation{Kind::elu, 0.75f},
                               Activation{Kind::selu, 1.75f, 1.25f},
                               Activation{Kind::celu, 0.75f},
                               Activation{Kind::softplus},
                               Activation{Kind::softsign},
                               Activation{Kind::exponential},
                               Activation{Kind::power, 2},
                               Activation{Kind::power, 3},
                               Activation{Kind::absolute},
                               Activation{Kind::sine},
                               Activation{Kind::cosine},
                               Activation{Kind::thresholded_relu},
                               Activation{Kind::shrink, 0.25f, 0.25f}}) {
    SCOPED_TRACE(op.name());
    expect_gradient_of(op, {0, -1, {2, 2}});
  }
}

/// Values between 0.5 and 1.5 of every place of `from`.
int bounded(Network& net, int from) {
  const std::size_t channels = std::size_t(net.shape(from).c);
  const int unit = net.add(Activation{Activation::Kind::sigmoid}, {from});
  return net.add(
      Affine{numbers(std::vector<float>(channels, 1)), numbers(std::vector<float>(channels, 0.5f))},
      {unit});
}

TEST(GradientDifference, FunctionsOfNumbersAboveZero) {
  using Kind = Activation::Kind;
  for (const Activation& op : {Activation{Kind::logarithm}, Activation{Kind::square_root},
                               Activation{Kind::reciprocal}, Activation{Kind::power, 0.5f},
                               Activation{Kind::power, -0.5f}, Activation{Kind::power, 1.75f}}) {
    SCOPED_TRACE(op.name());
    Draw draw(3);
    Network net({2, 8, 7});
    net.add(op, {bounded(net, net.add(random_conv(draw, 2, 9, {3, 3})))});
    expect_gradient(net.graph, {net.last(), -1, {2, 2}}, draw.values(net.graph.input().volume()));
  }
}

/// Pairs of a map and one channel, row or column of it, in both orders.
TEST(GradientDifference, CombinationsThatBroadcast) {
  using Kind = Elementwise::Kind;
  for (const Kind kind : {Kind::sum, Kind::product, Kind::maximum, Kind::minimum, Kind::difference,
                          Kind::quotient, Kind::power})
    for (int axis = 0; axis < 3; ++axis)
      for (const bool swapped : {false, true}) {
        SCOPED_TRACE(name_of(kind));
        SCOPED_TRACE(axis);
        Draw draw(15);
        Network net({2, 8, 7});
        int first = net.add(random_conv(draw, 2, 9, {3, 3}));
        int second = net.add(Slice{axis, 2, 3});
        if (swapped) std::swap(first, second);
        if (kind == Kind::power) first = bounded(net, first);
        if (kind == Kind::power || kind == Kind::quotient) second = bounded(net, second);
        net.add(Elementwise{kind}, {first, second});
        net.add(random_conv(draw, 9, 2, {3, 3}));
        const auto image = draw.values(net.graph.input().volume());
        expect_gradient(net.graph, {net.last(), 1, {1, 1}}, image);
      }
}

/// Both inputs broadcast: no input has the layout of the result.
TEST(GradientDifference, ProductOfARowAndAColumn) {
  Draw draw(16);
  Network net({2, 8, 7});
  const int map = net.add(random_conv(draw, 2, 9, {3, 3}));
  const int row = net.add(Slice{1, 1, 2}, {map}), column = net.add(Slice{2, 3, 4}, {map});
  net.add(Elementwise{Elementwise::Kind::product}, {row, column});
  net.add(random_conv(draw, 9, 2, {3, 3}));
  expect_gradient(net.graph, {net.last(), 1, {2, 1}}, draw.values(net.graph.input().volume()));
}

/// A mask has no gradient; what it passes has.
TEST(GradientDifference, ConditionsPassNothingBack) {
  Draw draw(17);
  Network net({2, 8, 7});
  const int map = net.add(random_conv(draw, 2, 9, {3, 3}));
  const int other = net.add(random_conv(draw, 2, 9, {3, 3}), {0});
  const int mask = net.add(Elementwise{Elementwise::Kind::greater}, {map, other});
  const int gate = net.add(Activation{Activation::Kind::less, 0.1f}, {map});
  net.add(Elementwise{Elementwise::Kind::product}, {map, mask, gate});
  const Neuron neuron{net.last(), -1, {2, 2}};
  Gradients gradients(net.graph, {neuron.node, mask}, 1);
  gradients.forward(draw.values(net.graph.input().volume()));
  const auto passed = gradients.backward(neuron);
  EXPECT_GT(testing_engines::largest({passed.begin(), passed.end()}), 0);
  const auto nothing = gradients.backward({mask, -1, {2, 2}});
  EXPECT_EQ(testing_engines::largest({nothing.begin(), nothing.end()}), 0);
}

/// Branches that meet: sum, product with a gate of one value per channel, maximum, concatenation.
TEST(GradientDifference, Branches) {
  Draw draw(11);
  Network net({3, 8, 8});
  const int stem = net.add(random_conv(draw, 3, 8, {3, 3}));
  const int left = net.add(random_conv(draw, 8, 8, {1, 1}), {stem});
  const int right = net.add(random_conv(draw, 8, 8, {1, 1}), {stem});
  const int gate = net.add(Activation{Activation::Kind::sigmoid},
                           {net.add(Reduce{Reduce::Kind::mean}, {right})});
  const int gated = net.add(Elementwise{Elementwise::Kind::product}, {left, gate});
  const int sum = net.add(Elementwise{}, {gated, stem, stem});
  const int largest = net.add(Elementwise{Elementwise::Kind::maximum}, {sum, right});
  const int joined = net.add(Concat{0}, {largest, left});
  net.add(Concat{2}, {joined, joined});
  const auto image = draw.values(net.graph.input().volume());
  expect_gradient(net.graph, {net.last(), 3, {2, 1}}, image);
  expect_gradient(net.graph, {net.last(), 12, {2, 8}}, image);
  expect_gradient(net.graph, {sum, -1, {0, 5}}, image);
}

TEST(GradientDifference, WholeNetworkWithFullyConnectedHead) {
  Draw draw(12);
  Network net({3, 12, 12});
  net.add(random_conv(draw, 3, 10, {3, 3}));
  net.add(Activation{});
  net.add(pool_of(Pool::Kind::max));
  const int volume = int(net.shape(net.last()).volume());
  net.add(Reshape{}, {net.last()}, {volume, 1, 1});
  net.add(FullyConnected{7, draw.floats(std::size_t(volume) * 7, 0.1f), draw.floats(7)});
  net.add(Activation{});
  net.add(FullyConnected{5, draw.floats(35), nullptr});
  expect_gradient(net.graph, {net.last(), 4, {0, 0}}, draw.values(net.graph.input().volume()));
}

/// Several targets of one tape, requested in any order, give the same results as each alone.
TEST(GradientDifference, TargetsDoNotDisturbEachOther) {
  Draw draw(13);
  const Graph graph = testing_engines::small_alexnet(draw);
  const auto image = draw.values(graph.input().volume());
  const std::vector<Neuron> neurons{{7, 3, {1, 1}}, {2, 5, {3, 3}}, {4, -1, {2, 6}}};
  Gradients all(graph, {7, 2, 4}, 2);
  all.forward(image);
  for (int turn = 0; turn < 2; ++turn)
    for (const Neuron& neuron : neurons) {
      Gradients alone(graph, {neuron.node}, 1);
      alone.forward(image);
      const auto a = all.backward(neuron), b = alone.backward(neuron);
      EXPECT_TRUE(std::equal(a.begin(), a.end(), b.begin(), b.end())) << neuron.node;
    }
  EXPECT_THROW(all.backward({3, 0, {0, 0}}), std::out_of_range);
  EXPECT_THROW(all.backward({7, 32, {0, 0}}), std::out_of_range);
}

TEST(GradientDifference, BitsDoNotDependOnThreads) {
  Draw draw(14);
  const Graph graph = testing_engines::wide_network(draw);
  const int node = int(graph.nodes.size()) - 1;
  const auto image = draw.values(graph.input().volume());
  std::vector<std::vector<float>> results;
  for (int threads : {1, 2, 3}) {
    Gradients gradients(graph, {node}, threads);
    gradients.forward(image);
    const auto g = gradients.backward({node, -1, {0, 0}});
    results.emplace_back(g.begin(), g.end());
  }
  EXPECT_GT(testing_engines::largest(results[0]), 0);
  EXPECT_EQ(results[0], results[1]);
  EXPECT_EQ(results[0], results[2]);
}

}  // namespace
}  // namespace rfmap
