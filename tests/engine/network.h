#pragma once

#include <algorithm>
#include <cmath>
#include <memory>
#include <random>
#include <string>
#include <vector>

#include "rfmap/graph.h"

#include "engine/under_test/engines.h"
#include "plan/engine.h"
#include "plan/programs.h"

/// Small networks built in the test, and functions that run them.
namespace rfmap::testing_engines {

inline Floats numbers(std::vector<float> values) {
  return std::make_shared<const std::vector<float>>(std::move(values));
}

/// Draws for weights, images and structure; the same on every machine for one seed.
class Draw {
 public:
  explicit Draw(unsigned seed) : bits_(seed) {}
  int below(int n) { return int(bits_() % unsigned(n)); }
  bool coin() { return below(2) == 0; }
  /// Uniform between -1 and 1.
  float value() { return float(bits_() % 2000001u) * 1e-6f - 1; }
  std::vector<float> values(std::size_t count, float scale = 1, float offset = 0) {
    std::vector<float> out(count);
    for (float& v : out) v = value() * scale + offset;
    return out;
  }
  Floats floats(std::size_t count, float scale = 1, float offset = 0) {
    return numbers(values(count, scale, offset));
  }

 private:
  std::mt19937 bits_;
};

/// Appends nodes to a graph; shapes follow the shape rule.
struct Network {
  Graph graph;

  explicit Network(const Shape& input) {
    graph.nodes.push_back({"data", {}, {}, Input{}, {}, input});
  }

  int last() const { return int(graph.nodes.size()) - 1; }
  const Shape& shape(int node) const { return graph.nodes[node].shape; }
  int add(const Operation& op, const std::vector<int>& inputs, const Shape& wanted = {}) {
    const std::string name = kind_name(in_graph(op)) + " " + std::to_string(graph.nodes.size());
    std::vector<Shape> shapes;
    for (int input : inputs) shapes.push_back(shape(input));
    graph.nodes.push_back(
        {name, {name}, {}, in_graph(op), inputs, output_shape(name, in_graph(op), shapes, wanted)});
    return last();
  }
  int add(const Operation& op) { return add(op, {last()}); }
};

/// A convolution of `in` channels with weights that keep activations near the input's size.
inline Conv random_conv(Draw& draw, int in, int out, Size kernel, int groups = 1) {
  Conv conv;
  conv.kernel = kernel;
  conv.groups = groups;
  conv.out_channels = out;
  const int fan_in = in / groups * kernel.h * kernel.w;
  conv.weights = draw.floats(std::size_t(out) * fan_in, 1.7f / std::sqrt(float(fan_in)));
  conv.bias = draw.floats(out, 0.2f);
  return conv;
}

inline Activation relu() { return {}; }

inline float largest(const std::vector<float>& values) {
  float most = 0;
  for (float v : values) most = std::max(most, std::fabs(v));
  return most;
}

inline std::vector<int> all_nodes(const Graph& graph) {
  std::vector<int> nodes(graph.nodes.size());
  for (int i = 0; i < int(nodes.size()); ++i) nodes[i] = i;
  return nodes;
}

/// A small version of the paper's network: groups, LRN, ceil-mode pooling, no padding before conv
/// 1.
inline Graph small_alexnet(Draw& draw) {
  Network net({3, 67, 67});
  Conv first = random_conv(draw, 3, 24, {11, 11});
  first.stride = {4, 4};
  net.add(first);
  net.add(relu());
  Pool pool;
  pool.kernel = {3, 3};
  pool.stride = {2, 2};
  pool.ceil_mode = true;
  net.add(pool);
  net.add(Lrn{5, 1e-1f, 0.75f, 1});
  Conv second = random_conv(draw, 24, 32, {5, 5}, 2);
  second.pad = {2, 2, 2, 2};
  net.add(second);
  net.add(relu());
  net.add(pool);
  return net.graph;
}

/// Channel counts of real networks, for which libraries block and split their work.
inline Graph wide_network(Draw& draw) {
  Network net({3, 45, 45});
  Conv first = random_conv(draw, 3, 64, {7, 7});
  first.stride = {2, 2};
  first.pad = {3, 3, 3, 3};
  net.add(first);
  net.add(relu());
  Pool pool;
  pool.kernel = {3, 3};
  pool.stride = {2, 2};
  pool.pad = {1, 1, 1, 1};
  const int in = net.add(pool);
  net.add(random_conv(draw, 64, 64, {1, 1}));
  net.add(relu());
  Conv middle = random_conv(draw, 64, 64, {3, 3});
  middle.pad = {1, 1, 1, 1};
  net.add(middle);
  net.add(relu());
  const int main = net.add(random_conv(draw, 64, 256, {1, 1}));
  const int shortcut = net.add(random_conv(draw, 64, 256, {1, 1}), {in});
  net.add(Elementwise{}, {main, shortcut});
  net.add(relu());
  Conv strided = random_conv(draw, 256, 512, {1, 1});
  strided.stride = {2, 2};
  net.add(strided);
  Conv grouped = random_conv(draw, 512, 128, {3, 3}, 32);
  grouped.pad = {1, 1, 1, 1};
  net.add(grouped);
  net.add(Lrn{});
  net.add(Reduce{});
  net.add(FullyConnected{1000, draw.floats(128 * 1000, 0.1f), draw.floats(1000)});
  net.add(Softmax{});
  return net.graph;
}

/// Values of `nodes` for a batch of images, [N, C, H, W] each.
inline std::vector<std::vector<float>> maps_of(plan::Engine& engine, const Graph& graph,
                                               const std::vector<int>& nodes,
                                               const std::vector<float>& images) {
  const int batch = int(images.size() / graph.input().volume());
  plan::ProgramSet set;
  set.programs = {plan::map_program(graph, nodes, batch)};
  const auto session = engine.compile(set);
  plan::Call call;
  call.images = images;
  plan::Reply reply;
  session->run(0, call, reply);
  return reply.maps;
}

}  // namespace rfmap::testing_engines
