#pragma once

#include <array>
#include <cstdint>
#include <memory>
#include <string>
#include <variant>
#include <vector>

#include "rfmap/activation.h"
#include "rfmap/geometry.h"

namespace rfmap {

/// Constant numbers shared between graph, programs and engines; null if there are none.
using Floats = std::shared_ptr<const std::vector<float>>;

/// The properties of an operation that do not depend on the engine, and their inputs
/// (src/graph/facts.h).
struct Facts;
struct Given;

/// Element-wise non-linearity. The fields used depend on the kind.
struct Activation {
  using Kind = ActivationKind;
  Kind kind = Kind::relu;
  float alpha = 0;  ///< leaky_relu: slope below 0; clip: lower bound
  float beta = 0;   ///< clip: upper bound
  Floats slope;     ///< prelu: [C] or [1], slope below 0
  bool per_channel() const { return slope && slope->size() > 1; }
  /// The `alpha` of value_of and slope_of for a channel.
  float alpha_of(std::size_t channel) const {
    return slope ? (*slope)[per_channel() ? channel : 0] : alpha;
  }
  float at(float x, std::size_t channel) const {
    return value_of(kind, x, alpha_of(channel), beta);
  }
  std::string name() const;
  Facts facts(const Given& given) const;
};

// The operations. A new one is a new struct in Operation, with its name and facts in src/graph/ops;
// theory, windows, needed channels and costs follow from these. The build lists the engines that do
// not handle it.

struct Input {
  std::string name() const;
  Facts facts(const Given& given) const;
};

/// Cross-correlation. weights [out_channels, in_channels / groups, kernel.h, kernel.w],
/// bias [out_channels] or null. Padding is zeros and explicit (SAME is resolved by the importer).
struct Conv {
  Size kernel{1, 1}, stride{1, 1}, dilation{1, 1};
  Margins pad;
  int groups = 1;
  int out_channels = 0;
  Floats weights, bias;
  std::string kind = "convolution";  ///< what users call it
  std::string name() const;
  Facts facts(const Given& given) const;
};

/// Max pooling sees -inf beyond the map; an average's divisor counts the part of the kernel inside
/// the padded map (count_include_pad) or inside the map. The output size is the node's shape
/// (ceil_mode is resolved by the shape rule; windows that would start in the end padding are
/// dropped).
struct Pool {
  enum class Kind { max, average };
  Kind kind = Kind::max;
  Size kernel{1, 1}, stride{1, 1}, dilation{1, 1};
  Margins pad;
  bool ceil_mode = false;
  bool count_include_pad = false;
  std::string name() const;
  Facts facts(const Given& given) const;
};

/// Maximum or mean over all positions (also ReduceMean over space); output is C x 1 x 1.
struct GlobalPool {
  Pool::Kind kind = Pool::Kind::average;

  std::string name() const;
  Facts facts(const Given& given) const;
};

/// Cross-channel local response normalisation: x / (k + alpha / size * sum of x^2)^beta over `size`
/// channels, (size - 1) / 2 of them (rounded down) before the channel itself.
struct Lrn {
  int size = 5;
  float alpha = 1e-4f, beta = 0.75f, k = 1;

  std::string name() const;
  Facts facts(const Given& given) const;
};

/// x * scale + shift; scale and shift hold one number per channel [C] or one per value [C, H, W].
struct Affine {
  Floats scale, shift;

  std::string name() const;
  Facts facts(const Given& given) const;
};

/// Softmax over one axis of (c, h, w), or over all of them (`all`, as Flatten + Softmax).
struct Softmax {
  int axis = 0;
  bool all = false;

  std::string name() const;
  Facts facts(const Given& given) const;
};

/// (x - mean) / sqrt(variance + epsilon) along one axis of (c, h, w), with the variance over all
/// values (divisor n). Scale and shift are a separate Affine after it.
struct LayerNorm {
  int axis = 0;
  float epsilon = 1e-5f;
  std::string name() const;
  Facts facts(const Given& given) const;
};

/// Element-wise over two or more inputs of equal shape, or with C x 1 x 1 inputs broadcast over
/// space.
struct Elementwise {
  enum class Kind { sum, product, maximum };
  Kind kind = Kind::sum;
  std::string name() const;
  Facts facts(const Given& given) const;
};

/// Joins inputs along axis 0 (channels), 1 (rows) or 2 (columns).
struct Concat {
  int axis = 0;

  std::string name() const;
  Facts facts(const Given& given) const;
};

/// Takes begin..end-1 along an axis of (c, h, w).
struct Slice {
  int axis = 0;
  int begin = 0, end = 0;

  std::string name() const;
  Facts facts(const Given& given) const;
};

/// Constant border around the map.
struct Pad {
  Margins margins;
  float value = 0;

  std::string name() const;
  Facts facts(const Given& given) const;
};

/// Same values in C, H, W order under another shape (the node's): Flatten, Reshape, Squeeze.
struct Reshape {
  std::string name() const;
  Facts facts(const Given& given) const;
};

/// Output axis i is input axis order[i], of (c, h, w).
struct Transpose {
  std::array<int, 3> order{0, 1, 2};
  std::string name() const;
  Facts facts(const Given& given) const;
};

/// Channels seen as [groups, C / groups] and transposed (ShuffleNet).
struct ChannelShuffle {
  int groups = 1;

  std::string name() const;
  Facts facts(const Given& given) const;
};

/// weights [out, in], bias [out] or null; input and output are vectors (h = w = 1).
struct FullyConnected {
  int out = 0;
  Floats weights, bias;

  std::string name() const;
  Facts facts(const Given& given) const;
};

/// Moves values: value i of the output, in C, H, W order, is value `base` + sum of digit_k *
/// stride_k of the input, where the digits of i count through the extents, the last one fastest.
/// Extents multiply to the output's volume (the node's shape). Transposes, channel shuffles, depth
/// to space, steps of a slice, repeats (stride 0), flips (negative strides).
struct Rearrange {
  struct Digit {
    int extent = 1;
    std::int64_t stride = 0;
    bool operator==(const Digit&) const = default;
  };
  std::vector<Digit> digits;
  std::int64_t base = 0;
  std::string kind = "rearrangement";  ///< what users call it
  std::string name() const;
  Facts facts(const Given& given) const;
};

/// Input positions that position u of an output reads along one axis: the integers from c - before
/// to c + after, c = u * scale + shift, with the ends or (`open`) without.
struct AxisReads {
  double scale = 1, shift = 0, before = 0, after = 0;
  bool open_before = false, open_after = false;
  bool repeats_border = false;  ///< beyond the map its border repeats; there is no padding
};

/// How positions along one axis are made from those of the input: position u is the sum over k of
/// weight[u * width + k] * in[index[u * width + k]]; index -1: no value. Without `index` the axis
/// is kept as it is.
struct AxisTaps {
  int width = 1;                                  ///< most taps of a position
  std::shared_ptr<const std::vector<int>> index;  ///< [positions, width]
  Floats weight;                                  ///< [positions, width]
  AxisReads reads;  ///< an outer bound as a formula, for fields (src/model/stretch.h)
  int positions(int in_extent) const { return index ? int(index->size()) / width : in_extent; }
};

/// A linear map along rows and one along columns, the same for all channels: resizing, padding with
/// copies of the map's values, insertion of zeros (transposed convolution).
struct Resample {
  AxisTaps y, x;
  std::string kind = "resize";  ///< what users call it
  std::string name() const;
  Facts facts(const Given& given) const;
};

/// One number for all values along the axes that are named (of c, h, w), which keep extent 1.
struct Reduce {
  enum class Kind { sum, mean, product, maximum, minimum };
  Kind kind = Kind::sum;
  std::array<bool, 3> axes{};
  std::string name() const;
  Facts facts(const Given& given) const;
};

/// Products of matrices, one per channel: a [G, M, K] times b [G or 1, K, N] gives [G, M, N].
struct MatMul {
  std::string name() const;
  Facts facts(const Given& given) const;
};

/// Constant values of the node's shape, without inputs: class tokens, position tables.
struct Parameter {
  Floats values;  ///< [C, H, W]
  std::string name() const;
  Facts facts(const Given& given) const;
};

/// Says which inputs are read, not what is computed (a normalisation over all positions, ...): for
/// theory only. Importers create it only with ModelFiles::theory. The shape is the node's.
struct TheoryOnly {
  std::string kind;
  AxisReads y, x;

  std::string name() const;
  Facts facts(const Given& given) const;
};

/// The operations that engines compute.
using Operation = std::variant<Conv, Pool, GlobalPool, Lrn, Affine, Activation, Softmax, LayerNorm,
                               Elementwise, Concat, Slice, Pad, Reshape, Transpose, ChannelShuffle,
                               FullyConnected, Rearrange, Resample, Reduce, MatMul, Parameter>;

template <class Computed>
struct WithEnds;
template <class... Computed>
struct WithEnds<std::variant<Computed...>> {
  using type = std::variant<Input, Computed..., TheoryOnly>;
};
/// What a node of a graph may be: the input, an operation, or an operation for theory only.
using NodeOperation = WithEnds<Operation>::type;

NodeOperation in_graph(const Operation& op);
/// The operation as engines compute it; throws ModelError for one that is for theory only.
Operation computed(const NodeOperation& op);

/// The usual name of an operation: "convolution", "max pooling", ...
std::string kind_name(const NodeOperation& op);

/// One value of the network and how it is computed. Values have one producer, so node = tensor.
struct Node {
  std::string name;                  ///< node's name in the file, else its output tensor's
  std::vector<std::string> tensors;  ///< tensors of the file that this value equals
  std::vector<std::string> aliases;  ///< further names accepted for it (dropped or folded nodes)
  NodeOperation op;
  std::vector<int> inputs;  ///< indices of earlier nodes
  Shape shape;              ///< of the output, without the batch
  std::string module;       ///< module of the exporting program ("layer1.0"); may be empty
  std::string path;         ///< the node's own path, unique ("layer1.0.conv1"); may be empty
  /// The name that users see.
  const std::string& shown() const { return path.empty() ? name : path; }
};

/// A network as plain data; nodes in topological order, nodes[0] is the only Input.
struct Graph {
  std::vector<Node> nodes;
  std::vector<int> outputs;  ///< the file's declared outputs, indices of nodes
  const Shape& input() const { return nodes.front().shape; }
};

/// Shape rule: output shape of an operation for its inputs' shapes (Reshape keeps `wanted`). Throws
/// ModelError naming `node` if shapes do not fit.
Shape output_shape(const std::string& node, const NodeOperation& op,
                   const std::vector<Shape>& inputs, const Shape& wanted = {});

/// The nodes that `targets` need, re-indexed; the second result is each old node's new index or
/// kNone.
struct Pruned {
  Graph graph;
  std::vector<int> new_index;
};
Pruned prune(const Graph& graph, const std::vector<int>& targets);

/// Batch normalisation (Affine per channel) after a convolution or fully connected node that has no
/// other consumer is folded into its weights; the folded node keeps its own name first, takes the
/// Affine's tensors and lists both nodes' names as aliases.
Graph fold_affine(const Graph& graph);

/// Removes transposes and reshapes that a later one undoes (channels-last parts inside a network):
/// element-wise operations between them (activations, scales, sums, joins) are computed before the
/// move instead. Such a node's name then means the value before the move; its tensors' names keep
/// their meaning.
Graph undo_moves(const Graph& graph);

/// Multiply-adds of one sample (convolutions and fully connected operations; 0 for others).
double macs(const NodeOperation& op, const std::vector<Shape>& inputs, const Shape& output);
double macs(const Graph& graph, int node);

}  // namespace rfmap
