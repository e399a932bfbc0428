#include <algorithm>
#include <cstddef>
#include <memory>
#include <utility>
#include <variant>
#include <vector>

#include "rfmap/graph.h"

namespace rfmap {
namespace {

float at_or(const Floats& values, std::size_t i, float otherwise) {
  return values ? (*values)[i] : otherwise;
}

/// One number per channel, or none at all.
bool per_channel(const Floats& values, int channels) {
  return !values || values->size() == std::size_t(channels);
}

/// scale * (W x + b) + shift as new weights and bias, row by row of `channels` rows.
void fold_into(Floats& weights, Floats& bias, const Affine& affine, int channels) {
  auto new_weights = std::make_shared<std::vector<float>>(*weights);
  auto new_bias = std::make_shared<std::vector<float>>(channels);
  const std::size_t row = weights->size() / channels;
  for (int c = 0; c < channels; ++c) {
    const double scale = at_or(affine.scale, c, 1);
    for (std::size_t i = c * row; i < (c + 1) * row; ++i)
      (*new_weights)[i] = float((*new_weights)[i] * scale);
    (*new_bias)[c] = float(at_or(bias, c, 0) * scale + at_or(affine.shift, c, 0));
  }
  weights = std::move(new_weights);
  bias = std::move(new_bias);
}

/// Folds into a convolution or fully connected node (whose weights may be missing, for theory);
/// false if it cannot.
bool fold(Node& node, const Affine& affine) {
  const int channels = node.shape.c;
  if (!per_channel(affine.scale, channels) || !per_channel(affine.shift, channels)) return false;
  const auto fold_op = [&](auto* op) {
    if (op && op->weights) fold_into(op->weights, op->bias, affine, channels);
    return op != nullptr;
  };
  return fold_op(std::get_if<Conv>(&node.op)) || fold_op(std::get_if<FullyConnected>(&node.op));
}

void add_alias(Node& node, const std::string& name) {
  if (std::find(node.aliases.begin(), node.aliases.end(), name) == node.aliases.end())
    node.aliases.push_back(name);
}

/// The folded node equals the Affine's value and can be found under both names.
void take_identity(Node& node, const Node& affine) {
  node.tensors = affine.tensors;
  node.moved = affine.moved;
  add_alias(node, node.name);
  add_alias(node, affine.name);
  for (const std::string& alias : affine.aliases) add_alias(node, alias);
  if (!affine.module.empty() && affine.module != node.module) add_alias(node, affine.module);
}

/// Readers of each node; a declared output counts as one.
std::vector<int> count_readers(const Graph& graph) {
  std::vector<int> readers(graph.nodes.size(), 0);
  for (const Node& node : graph.nodes)
    for (int input : node.inputs) ++readers[input];
  for (int output : graph.outputs) ++readers[output];
  return readers;
}

}  // namespace

Graph fold_affine(const Graph& graph) {
  const std::vector<int> readers = count_readers(graph);
  std::vector<int> new_index(graph.nodes.size(), -1);
  Graph result;
  for (std::size_t i = 0; i < graph.nodes.size(); ++i) {
    const Node& node = graph.nodes[i];
    if (const auto* affine = std::get_if<Affine>(&node.op);
        affine && readers[node.inputs[0]] == 1) {
      const int producer = new_index[node.inputs[0]];
      if (fold(result.nodes[producer], *affine)) {
        take_identity(result.nodes[producer], node);
        new_index[i] = producer;
        continue;
      }
    }
    new_index[i] = int(result.nodes.size());
    result.nodes.push_back(node);
    for (int& input : result.nodes.back().inputs) input = new_index[input];
  }
  for (int output : graph.outputs) result.outputs.push_back(new_index[output]);
  return result;
}

}  // namespace rfmap
