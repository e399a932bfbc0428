#include <algorithm>
#include <cmath>
#include <stdexcept>
#include <string>
#include <variant>

#include "rfmap/error.h"
#include "rfmap/gradient.h"

#include "core/parallel.h"
#include "gradient/operations.h"
#include "onednn/layout.h"
#include "onednn/threads.h"

namespace rfmap {

using gradient::Kernels;
using gradient::Slot;
using gradient::Tape;

struct Gradients::State {
  State(const Graph& whole, const std::vector<int>& targets, std::optional<int> asked_threads);

  /// Runs work of one node; errors of the library become errors that name the node.
  template <class Work>
  void at_node(int node, Work&& work) const;
  void compile_forward(int node);
  void compile_backward(int node);
  void run(const std::vector<Kernels>& kernels, int node) const;
  int slot_of(const Neuron& neuron) const;
  void seed(const Neuron& neuron, int node);

  Pruned pruned;
  int threads;
  std::vector<bool> is_target;
  std::vector<Kernels> forward, backward;  ///< by node
  std::unique_ptr<Tape> tape;
  dnnl::memory input_gradient;  ///< plain
  Kernels gather;               ///< fills it
};

namespace {

/// Calls `visit` with each channel that a neuron names.
template <class Visit>
void for_each_channel(const Neuron& neuron, const Shape& shape, Visit visit) {
  const int first = neuron.channel == kAllChannels ? 0 : neuron.channel;
  const int end = neuron.channel == kAllChannels ? shape.c : neuron.channel + 1;
  for (int c = first; c < end; ++c) visit(c);
}

}  // namespace

template <class Work>
void Gradients::State::at_node(int node, Work&& work) const {
  try {
    work();
  } catch (const dnnl::error& error) {
    const Node& at = pruned.graph.nodes[node];
    throw EngineError(at.name + " (" + kind_name(at.op) + ", gradient): oneDNN: " + error.what() +
                      " (status " + std::to_string(error.status) + ")");
  }
}

Gradients::State::State(const Graph& whole, const std::vector<int>& targets,
                        std::optional<int> asked_threads)
    : pruned(prune(whole, targets)), threads(core::thread_count(asked_threads)) {
  const Graph& graph = pruned.graph;
  const int nodes = int(graph.nodes.size());
  is_target.assign(nodes, false);
  for (int target : targets) is_target[pruned.new_index[target]] = true;
  const onednn::ThreadScope scope(threads);
  at_node(0, [&] {
    tape = std::make_unique<Tape>(dnnl::engine(dnnl::engine::kind::cpu, 0), graph);
    tape->at(0).value = tape->make(gradient::plain(graph.input()));
  });
  forward.resize(nodes);
  backward.resize(nodes);
  for (int i = 1; i < nodes; ++i) at_node(i, [&] { compile_forward(i); });
  for (int i = nodes - 1; i >= 0; --i) at_node(i, [&] { compile_backward(i); });
  at_node(0, [&] {
    input_gradient = tape->convert(tape->at(0).gradient, gradient::plain(graph.input()), gather);
  });
}

void Gradients::State::compile_forward(int node) {
  const auto compile = [&](const auto& op) { return gradient::forward(*tape, op, node); };
  forward[node] = std::visit(compile, computed(pruned.graph.nodes[node].op));
}

void Gradients::State::compile_backward(int node) {
  if (tape->at(node).readers == 0 || is_target[node]) tape->need_gradient(node);
  if (node == 0) return;
  const auto compile = [&](const auto& op) { return gradient::backward(*tape, op, node); };
  backward[node] = std::visit(compile, computed(pruned.graph.nodes[node].op));
}

void Gradients::State::run(const std::vector<Kernels>& kernels, int node) const {
  at_node(node, [&] {
    for (const auto& kernel : kernels[node]) kernel();
  });
}

int Gradients::State::slot_of(const Neuron& neuron) const {
  const int node = pruned.new_index.at(std::size_t(neuron.node));
  if (node < 0 || !is_target[node]) throw std::out_of_range("a neuron of no target");
  const Shape& shape = tape->at(node).shape;
  if (neuron.channel >= shape.c || neuron.position.y < 0 || neuron.position.y >= shape.h ||
      neuron.position.x < 0 || neuron.position.x >= shape.w)
    throw std::out_of_range("a neuron outside its map");
  return node;
}

/// The gradient of the neuron with respect to its own map.
void Gradients::State::seed(const Neuron& neuron, int node) {
  for (int i = 0; i < node; ++i) tape->at(i).reached = false;
  Slot& slot = tape->at(node);
  float* values = gradient::floats(slot.gradient);
  std::fill_n(values, gradient::count(slot.gradient.get_desc()), 0.f);
  const onednn::Layout layout = *onednn::layout_of(slot.gradient.get_desc());
  for_each_channel(neuron, slot.shape, [&](int c) {
    values[layout.at(0, c, neuron.position.y, neuron.position.x)] = 1;
  });
  slot.reached = true;
}

Gradients::Gradients(const Graph& graph, const std::vector<int>& targets,
                     std::optional<int> threads)
    : state_(std::make_unique<State>(graph, targets, threads)) {}
Gradients::~Gradients() = default;
Gradients::Gradients(Gradients&&) noexcept = default;

void Gradients::forward(std::span<const float> image) {
  State& s = *state_;
  if (image.size() != s.pruned.graph.input().volume())
    throw std::invalid_argument("an image of another size than the network's input");
  const onednn::ThreadScope scope(s.threads);
  std::copy(image.begin(), image.end(), gradient::floats(s.tape->at(0).value));
  for (std::size_t i = 1; i < s.forward.size(); ++i) s.run(s.forward, int(i));
}

float Gradients::response(const Neuron& neuron) const {
  const State& s = *state_;
  const Slot& slot = s.tape->at(s.slot_of(neuron));
  const onednn::Layout layout = *onednn::layout_of(slot.value.get_desc());
  double sum = 0;
  for_each_channel(neuron, slot.shape, [&](int c) {
    sum += gradient::floats(slot.value)[layout.at(0, c, neuron.position.y, neuron.position.x)];
  });
  return float(sum);
}

std::span<const float> Gradients::backward(const Neuron& neuron) {
  State& s = *state_;
  const int node = s.slot_of(neuron);
  const onednn::ThreadScope scope(s.threads);
  s.seed(neuron, node);
  for (int i = node; i > 0; --i)
    if (s.tape->at(i).reached) s.run(s.backward, i);
  s.at_node(0, [&] {
    for (const auto& kernel : s.gather) kernel();
  });
  const std::span<float> result(gradient::floats(s.input_gradient),
                                s.pruned.graph.input().volume());
  if (!s.tape->at(0).reached) std::fill(result.begin(), result.end(), 0.f);  // constants only
  for (float g : result)
    if (!std::isfinite(g))
      throw EngineError("the gradient of " + s.pruned.graph.nodes[node].name +
                        " is not finite; is the preprocessing the network's?");
  return result;
}

}  // namespace rfmap
