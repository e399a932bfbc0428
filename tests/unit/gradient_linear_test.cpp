#include <cmath>

#include <gtest/gtest.h>

#include "rfmap/field.h"
#include "rfmap/gradient.h"
#include "rfmap/occlusion.h"

#include "engine/network.h"

namespace rfmap {
namespace {

using namespace testing_engines;

std::vector<float> gradient_of(const Graph& graph, const Neuron& neuron,
                               const std::vector<float>& image) {
  Gradients gradients(graph, {neuron.node}, 1);
  gradients.forward(image);
  const auto g = gradients.backward(neuron);
  return {g.begin(), g.end()};
}

Pool max_pool(int side) {
  Pool pool;
  pool.kernel = pool.stride = {side, side};
  return pool;
}

Graph conv_relu_pool(const std::vector<float>& weights, float bias) {
  Network net({1, 4, 4});
  Conv conv;
  conv.out_channels = 1;
  conv.weights = numbers(weights);
  conv.bias = numbers({bias});
  net.add(conv);
  net.add(Activation{});
  net.add(max_pool(2));
  return net.graph;
}

// If all values are zero a ReLU passes nothing back; with a bias above 0, max pooling follows the
// first of four equal values.
TEST(GradientLinear, ZeroImageStandsAtTheKinks) {
  const std::vector<float> zero(16, 0.f);
  const Neuron neuron{3, 0, {0, 0}};
  EXPECT_EQ(gradient_of(conv_relu_pool({2}, 0), neuron, zero), zero);
  std::vector<float> first = zero;
  first[0] = 2;
  EXPECT_EQ(gradient_of(conv_relu_pool({2}, 1), neuron, zero), first);
}

// 2 x 2 windows of -3, -1 / -2, -4: without the ReLU the pooling follows -1; averaging takes all.
TEST(GradientLinear, RemovesActivationsAndKeepsPooling) {
  const Graph graph = conv_relu_pool({1}, 0);
  std::vector<float> image(16, 0.f), routed(16, 0.f), shared(16, 0.f);
  image[0] = -3, image[1] = -1, image[4] = -2, image[5] = -4;
  routed[1] = 1;
  for (int i : {0, 1, 4, 5}) shared[i] = 0.25f;
  const Neuron neuron{3, 0, {0, 0}};
  EXPECT_EQ(gradient_of(graph, neuron, image), std::vector<float>(16, 0.f));
  EXPECT_EQ(gradient_of(linearized(graph, Linear::activations), neuron, image), routed);
  EXPECT_EQ(gradient_of(linearized(graph, Linear::all), neuron, image), shared);
}

// A linear network's gradient is its response to single pixels, and the same at every image.
TEST(GradientLinear, LinearNetworkIsItsImpulseResponse) {
  Draw draw(21);
  const Graph graph = linearized(testing_engines::small_alexnet(draw), Linear::all);
  const Neuron neuron{int(graph.nodes.size()) - 1, 9, {1, 2}};
  const std::size_t volume = graph.input().volume();
  Gradients gradients(graph, {neuron.node}, 1);
  std::vector<float> image(volume, 0.f);
  gradients.forward(image);
  const float rest = gradients.response(neuron);
  const auto span = gradients.backward(neuron);
  const std::vector<float> gradient(span.begin(), span.end());
  const float most = testing_engines::largest(gradient);
  for (std::size_t i = 0; i < volume; i += 331) {
    image[i] = 1;
    gradients.forward(image);
    image[i] = 0;
    EXPECT_NEAR(gradients.response(neuron) - rest, gradient[i], 1e-4 * most + 1e-6) << i;
  }
}

// With positive weights and averages nothing cancels: the support is the theoretical field.
TEST(GradientLinear, SupportIsTheTheoreticalField) {
  Draw draw(22);
  Graph graph = linearized(testing_engines::small_alexnet(draw), Linear::all);
  for (Node& node : graph.nodes)
    if (auto* conv = std::get_if<Conv>(&node.op))
      conv->weights = numbers(std::vector<float>(conv->weights->size(), 0.01f));
  const std::vector<Field> fields = theoretical_fields(graph);
  const Size input{graph.input().h, graph.input().w};
  const std::vector<float> image(graph.input().volume(), 0.5f);
  for (int node : {1, 3, 5, 7})
    for (const Point at : {Point{0, 0}, Point{1, 2}}) {
      GradientMean mean(graph.input());
      mean.add(gradient_of(graph, {node, 0, at}, image));
      const GradientMaps maps = mean.maps();
      const Rect box = clipped_box(fields[node], at, input);
      for (int y = 0; y < input.h; ++y)
        for (int x = 0; x < input.w; ++x) {
          const bool inside = y >= box.y0 && y < box.y1 && x >= box.x0 && x < box.x1;
          ASSERT_EQ(maps.support[std::size_t(y) * input.w + x], inside)
              << node << " " << y << " " << x;
        }
    }
}

TEST(GradientLinear, MapsSumChannelsAndAverageSamples) {
  GradientMean mean({2, 1, 2});
  mean.add(std::vector<float>{1, 0, -3, 0});
  mean.add(std::vector<float>{1, 0, 1, 0});
  const GradientMaps maps = mean.maps();
  EXPECT_EQ(maps.samples, 2);
  EXPECT_EQ(maps.support, (std::vector<std::uint8_t>{1, 0}));
  EXPECT_EQ(maps.absolute, (std::vector<float>{3, 0}));
  EXPECT_EQ(maps.signed_sum, (std::vector<float>{0, 0}));
  EXPECT_EQ(maps.squared, (std::vector<float>{6, 0}));
}

TEST(GradientLinear, NoiseIsTheDocumentedOne) {
  const std::vector<std::uint8_t> noise = noise_image(5, {3, 4, 6});
  const std::uint32_t counter[4] = {0, 2, 3, 5}, key[2] = {5, 0};
  ASSERT_EQ(noise.size(), 72u);
  EXPECT_EQ(noise.back(), philox(counter, key) >> 24);
}

}  // namespace
}  // namespace rfmap
