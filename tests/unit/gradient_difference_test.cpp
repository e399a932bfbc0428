#include <cmath>
#include <functional>
#include <optional>

#include <gtest/gtest.h>

#include "rfmap/gradient.h"

#include "engine/network.h"
#include "engines/make_engine.h"
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
  expect_gradient_of(GlobalPool{Pool::Kind::average}, {0, 3, {0, 0}});
  expect_gradient_of(GlobalPool{Pool::Kind::max}, {0, 3, {0, 0}});
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

TEST(GradientDifference, ChannelsAndPoints) {
  Draw draw(9);
  for (int size : {3, 4, 5}) expect_gradient_of(Lrn{size, 0.5f, 0.75f, 1}, {0, 4, {2, 2}});
  expect_gradient_of(Softmax{0}, {0, 4, {2, 2}});
  expect_gradient_of(Softmax{2}, {0, 4, {2, 2}});
  expect_gradient_of(Softmax{0, true}, {0, 4, {2, 2}});
  expect_gradient_of(Affine{draw.floats(9), draw.floats(9)}, {0, 4, {2, 2}});
  expect_gradient_of(Affine{draw.floats(9 * 30), nullptr}, {0, 4, {2, 2}});
}

TEST(GradientDifference, Rearrangements) {
  expect_gradient_of(Slice{0, 2, 6}, {0, 1, {2, 2}});
  expect_gradient_of(Slice{1, 2, 5}, {0, 1, {2, 2}});
  expect_gradient_of(Pad{{1, 2, 0, 1}, 0.5f}, {0, 1, {2, 3}});
  expect_gradient_of(Transpose{{1, 2, 0}}, {0, 1, {2, 3}});
  expect_gradient_of(ChannelShuffle{3}, {0, 4, {2, 2}});
  expect_gradient_of(Reshape{}, {0, 7, {0, 0}}, {270, 1, 1});
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
  net.add(GlobalPool{});
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
                           {net.add(GlobalPool{Pool::Kind::average}, {right})});
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
