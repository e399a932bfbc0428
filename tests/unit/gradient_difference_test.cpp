#include <cmath>
#include <functional>
#include <optional>
#include <utility>

#include <gtest/gtest.h>

#include "rfmap/gradient.h"

#include "engine/network.h"
#include "engines/make_engine.h"
#include "rearrangements.h"
#include "taps.h"

// Gradients against differences of the reference engine's responses.
namespace rfmap {
using namespace plan;
using namespace engines;
namespace {

using testing_engines::Draw;
using testing_engines::Network;
using testing_engines::numbers;
using testing_engines::random_conv;
using namespace testing_moves;

/// Responses of one neuron by the reference engine.
class Response {
 public:
  Response(const Graph& graph, const Neuron& neuron)
      : neuron_(neuron),
        shape_(graph.nodes[neuron.node].shape),
        engine_(make_engine("reference", {})) {
    ProgramSet set;
    set.programs = {map_program(graph, {neuron.node}, 1)};
    session_ = engine_->compile(set);
  }
  double at(const std::vector<float>& image) {
    Call call;
    call.images = image;
    Reply reply;
    session_->run(0, call, reply);
    double sum = 0;
    for (int c = 0; c < shape_.c; ++c)
      if (neuron_.channel < 0 || neuron_.channel == c)
        sum += reply.maps[0][(std::size_t(c) * shape_.h + neuron_.position.y) * shape_.w +
                             neuron_.position.x];
    return sum;
  }

 private:
  Neuron neuron_;
  Shape shape_;
  std::unique_ptr<Engine> engine_;
  std::unique_ptr<Session> session_;
};

constexpr float kStep = 1.f / 256;

/// Every input value's gradient lies between its one-sided differences (equal but at kinks).
void expect_gradient(const Graph& graph, const Neuron& neuron, std::vector<float> image,
                     double tolerance = 2e-3) {
  Gradients gradients(graph, {neuron.node}, 1);
  gradients.forward(image);
  Response response(graph, neuron);
  const double here = response.at(image);
  EXPECT_NEAR(gradients.response(neuron), here, 1e-4 * std::max(1.0, std::fabs(here)));
  const auto span = gradients.backward(neuron);
  const std::vector<float> gradient(span.begin(), span.end());
  const double slack = tolerance * testing_engines::largest(gradient) + 1e-4;
  EXPECT_GT(testing_engines::largest(gradient), 0);
  for (std::size_t i = 0; i < image.size(); ++i) {
    const float kept = image[i];
    image[i] = kept + kStep;
    const double above = (response.at(image) - here) / kStep;
    image[i] = kept - kStep;
    const double below = (here - response.at(image)) / kStep;
    image[i] = kept;
    ASSERT_GE(gradient[i], std::min(above, below) - slack) << "input value " << i;
    ASSERT_LE(gradient[i], std::max(above, below) + slack) << "input value " << i;
  }
}

/// One operation after a convolution of 9 channels (a partly filled channel block).
void expect_gradient_of(const Operation& op, const Neuron& place, const Shape& wanted = {}) {
  Draw draw(3);
  Network net({2, 8, 7});
  net.add(random_conv(draw, 2, 9, {3, 3}));
  net.add(op, {net.last()}, wanted);
  const Neuron neuron{net.last(), place.channel, place.position};
  expect_gradient(net.graph, neuron, draw.values(net.graph.input().volume()));
}

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

TEST(GradientDifference, ChannelsAndPoints) {
  Draw draw(9);
  for (int size : {3, 4, 5}) expect_gradient_of(Lrn{size, 0.5f, 0.75f, 1}, {0, 4, {2, 2}});
  expect_gradient_of(Softmax{one_axis(0)}, {0, 4, {2, 2}});
  expect_gradient_of(Softmax{one_axis(2)}, {0, 4, {2, 2}});
  expect_gradient_of(Softmax{kOverAll}, {0, 4, {2, 2}});
  expect_gradient_of(Affine{draw.floats(9), draw.floats(9)}, {0, 4, {2, 2}});
  expect_gradient_of(Affine{draw.floats(9 * 30), nullptr}, {0, 4, {2, 2}});
}

TEST(GradientDifference, Reductions) {
  using Kind = Reduce::Kind;
  expect_gradient_of(Reduce{Kind::sum, kOverChannels}, {0, 0, {2, 2}});
  expect_gradient_of(Reduce{Kind::mean, {true, false, true}}, {0, 0, {3, 0}});
  expect_gradient_of(Reduce{Kind::mean, kOverAll}, {0, 0, {0, 0}});
  expect_gradient_of(Reduce{Kind::sum, kOverSpace}, {0, 5, {0, 0}});
  expect_gradient_of(Reduce{Kind::product, one_axis(2)}, {0, -1, {4, 0}});
  expect_gradient_of(Reduce{Kind::maximum, {true, true, false}}, {0, 0, {0, 3}});
  expect_gradient_of(Reduce{Kind::minimum, one_axis(1)}, {0, 4, {0, 2}});
  expect_gradient_of(Reduce{Kind::minimum, kOverSpace}, {0, 4, {0, 0}});
}

/// d of the product of 2, 0, 3 is 0, 6, 0; of 0, 0, 3 nothing.
TEST(GradientDifference, ProductsWithZeros) {
  Network net({1, 1, 3});
  net.add(Reduce{Reduce::Kind::product, one_axis(2)});
  const auto gradient = [&](const std::vector<float>& image) {
    Gradients gradients(net.graph, {1}, 1);
    gradients.forward(image);
    const auto g = gradients.backward({1, 0, {0, 0}});
    return std::vector<float>(g.begin(), g.end());
  };
  EXPECT_EQ(gradient({2, 0, 3}), (std::vector<float>{0, 6, 0}));
  EXPECT_EQ(gradient({0, 0, 3}), (std::vector<float>{0, 0, 0}));
  EXPECT_EQ(gradient({2, 4, 3}), (std::vector<float>{12, 6, 8}));
}

TEST(GradientDifference, NormalisationsAndSoftmaxOverAxes) {
  using Kind = Normalisation::Kind;
  for (const AxisSet& axes : {kOverChannels, kOverSpace, AxisSet{true, false, true}, kOverAll}) {
    for (const Kind kind : {Kind::standard, Kind::rms, Kind::l2, Kind::l1, Kind::centre})
      for (const auto guard : {Normalisation::Guard::inside_root, Normalisation::Guard::added,
                               Normalisation::Guard::at_least}) {
        SCOPED_TRACE(10 * int(kind) + int(guard));
        expect_gradient_of(Normalisation{kind, axes, 0.1f, guard}, {0, 4, {2, 2}});
      }
    // A divisor that epsilon holds is constant.
    expect_gradient_of(Normalisation{Kind::l2, axes, 100, Normalisation::Guard::at_least},
                       {0, 4, {2, 2}});
    expect_gradient_of(Softmax{axes}, {0, 4, {2, 2}});
    expect_gradient_of(Softmax{axes, Softmax::Kind::logarithm}, {0, 4, {2, 2}});
  }
}

TEST(GradientDifference, ProductsOfMatrices) {
  Draw draw(10);
  Network net({3, 6, 7});
  const int left = net.add(random_conv(draw, 3, 5, {3, 3}));
  const int map = net.add(random_conv(draw, 3, 5, {3, 3}), {0});
  const int right = net.add(transposed(net.shape(map), {0, 2, 1}), {map});
  const int one = net.add(Slice{0, 1, 2}, {right});
  const int own = net.add(transposed(net.shape(left), {0, 2, 1}), {left});
  const int product = net.add(MatMul{}, {left, right});
  const int shared = net.add(MatMul{}, {left, one});
  const int squares = net.add(MatMul{}, {left, own});
  const int twice = net.add(MatMul{}, {squares, squares});
  const auto image = draw.values(net.graph.input().volume());
  expect_gradient(net.graph, {product, 2, {1, 3}}, image);
  expect_gradient(net.graph, {shared, -1, {1, 3}}, image);
  expect_gradient(net.graph, {squares, 3, {2, 2}}, image);
  expect_gradient(net.graph, {twice, 0, {1, 2}}, image, 2e-2);
}

TEST(GradientDifference, Rearrangements) {
  expect_gradient_of(Slice{0, 2, 6}, {0, 1, {2, 2}});
  expect_gradient_of(Slice{1, 2, 5}, {0, 1, {2, 2}});
  expect_gradient_of(Pad{{1, 2, 0, 1}, 0.5f}, {0, 1, {2, 3}});
  const Shape in{9, 6, 5};
  expect_gradient_of(transposed(in, {1, 2, 0}), {0, 1, {2, 3}});
  expect_gradient_of(shuffled(in, 3), {0, 4, {2, 2}});
  expect_gradient_of(depth_to_space(in, 3), {0, 0, {7, 8}});
  expect_gradient_of(stepped(in, 2, 1, 2), {0, 4, {2, 1}});
  expect_gradient_of(flipped(in, 1), {0, 4, {2, 1}});
  expect_gradient_of(Reshape{}, {0, 7, {0, 0}}, {270, 1, 1});
}

/// A value with several readers through one rearrangement: its gradient is their sum.
TEST(GradientDifference, RepeatedValues) {
  Draw draw(17);
  Network net({2, 5, 4});
  net.add(random_conv(draw, 2, 3, {2, 2}));
  net.add(repeated(net.shape(net.last()), 1, 3));
  net.add(repeated(net.shape(net.last()), 0, 2));
  net.add(random_conv(draw, 6, 4, {5, 3}));
  expect_gradient(net.graph, {net.last(), 2, {3, 0}}, draw.values(net.graph.input().volume()));
}

TEST(GradientDifference, ConstantsHaveNone) {
  Draw draw(18);
  Network net({3, 4, 3});
  const int map = net.add(random_conv(draw, 3, 4, {2, 2}), {0});
  const Shape row{4, 1, net.shape(map).w};
  const int constant = net.add(Parameter{draw.floats(row.volume())}, {}, row);
  const int joined = net.add(Concat{1}, {constant, map});
  net.add(random_conv(draw, 4, 2, {3, 2}), {joined});
  expect_gradient(net.graph, {net.last(), 1, {0, 0}}, draw.values(net.graph.input().volume()));
  Gradients gradients(net.graph, {constant}, 1);
  gradients.forward(draw.values(net.graph.input().volume()));
  EXPECT_EQ(gradients.response({constant, 2, {0, 1}}),
            std::get<Parameter>(net.graph.nodes[std::size_t(constant)].op).values->at(5));
  EXPECT_EQ(testing_engines::largest([&] {
              const auto span = gradients.backward({constant, 2, {0, 1}});
              return std::vector<float>(span.begin(), span.end());
            }()),
            0);
}

TEST(GradientDifference, ResampledMaps) {
  Draw draw(10);  // a map of 6 x 5
  const AxisTaps rows = axis_taps(drawn_taps(draw, 6, 9, 3)), same;
  const AxisTaps columns = axis_taps({{{4, 1}}, {{3, 0.5f}, {4, -0.25f}}, {{0, 2}, {1, 1}}, {}});
  expect_gradient_of(Resample{same, columns}, {0, 1, {2, 1}});
  // All rows at once, so that some have taps.
  Network net({2, 8, 7});
  net.add(random_conv(draw, 2, 9, {3, 3}));
  net.add(Resample{rows, columns});
  net.add(Reduce{});
  expect_gradient(net.graph, {net.last(), 4, {0, 0}}, draw.values(net.graph.input().volume()));
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
