#pragma once

#include <array>
#include <cstdint>
#include <memory>
#include <string>
#include <variant>
#include <vector>

#include "rfmap/activation.h"
#include "rfmap/combination.h"
#include "rfmap/geometry.h"

namespace rfmap {

/// Constant numbers shared between graph, programs and engines; null if there are none.
using Floats = std::shared_ptr<const std::vector<float>>;

/// The properties of an operation that do not depend on the engine, and their inputs
/// (src/graph/facts.h).
namespace graph {
struct Facts;
struct Given;
}  // namespace graph

/// Some of the axes (c, h, w).
using AxisSet = std::array<bool, 3>;
constexpr AxisSet kOverChannels{true, false, false}, kOverSpace{false, true, true},
    kOverAll{true, true, true};
inline AxisSet one_axis(int axis) { return {axis == 0, axis == 1, axis == 2}; }

/// Element-wise function of one number. The fields used depend on the kind.
struct Activation {
  using Kind = ActivationKind;
  Kind kind = Kind::relu;
  float alpha = 0, beta = 0;
  Floats slope;  ///< prelu: [C] or [1], slope below 0
  bool per_channel() const { return slope && slope->size() > 1; }
  /// The `alpha` of value_of and slope_of for a channel.
  float alpha_of(std::size_t channel) const {
    return slope ? (*slope)[per_channel() ? channel : 0] : alpha;
  }
  float at(float x, std::size_t channel) const {
    return value_of(kind, x, alpha_of(channel), beta);
  }
  std::string name() const;
  graph::Facts facts(const graph::Given& given) const;
};

// The operations. A new one is a new struct in Operation, with its name and facts in src/graph/ops;
// theory, windows, needed channels and costs follow from these. The build lists the engines that do
// not handle it.

struct Input {
  std::string name() const;
  graph::Facts facts(const graph::Given& given) const;
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
  graph::Facts facts(const graph::Given& given) const;
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
  graph::Facts facts(const graph::Given& given) const;
};

/// Cross-channel local response normalisation: x / (k + alpha / size * sum of x^2)^beta over `size`
/// channels, (size - 1) / 2 of them (rounded down) before the channel itself.
struct Lrn {
  int size = 5;
  float alpha = 1e-4f, beta = 0.75f, k = 1;

  std::string name() const;
  graph::Facts facts(const graph::Given& given) const;
};

/// x * scale + shift; scale and shift hold one number per channel [C] or one per value [C, H, W].
struct Affine {
  Floats scale, shift;

  std::string name() const;
  graph::Facts facts(const graph::Given& given) const;
};

/// Over the values along `axes` together: exp(x) / sum of exp, or its logarithm.
struct Softmax {
  enum class Kind { probability, logarithm };
  AxisSet axes = kOverChannels;
  Kind kind = Kind::probability;

  std::string name() const;
  graph::Facts facts(const graph::Given& given) const;
};

/// Over the n values along `axes` together. A statistic s of them:
///   standard: (x - mean) / d, s = sum of (x - mean)^2 / n
///   rms:      x / d, s = sum of x^2 / n
///   l2, l1:   x / d, s = sum of x^2, sum of |x|
///   centre:   x - mean
/// and the divisor d, where the root r is sqrt(s) (l1: s): sqrt(s + epsilon) (l1: s + epsilon), r +
/// epsilon, or max(r, epsilon), by `guard`. Scale and shift are a separate Affine after it.
struct Normalisation {
  enum class Kind : std::uint8_t { standard, rms, l2, l1, centre };
  enum class Guard : std::uint8_t { inside_root, added, at_least };
  Kind kind = Kind::standard;
  AxisSet axes = kOverChannels;
  float epsilon = 1e-5f;
  Guard guard = Guard::inside_root;

  std::string name() const;
  graph::Facts facts(const graph::Given& given) const;
};

/// Element-wise over two inputs, or more if the kind is commutative. An input with extent 1 along
/// an axis of (c, h, w) is broadcast there; the output has each axis' largest extent.
struct Elementwise {
  using Kind = ElementwiseKind;
  Kind kind = Kind::sum;
  std::string name() const;
  graph::Facts facts(const graph::Given& given) const;
};

/// Joins inputs along axis 0 (channels), 1 (rows) or 2 (columns).
struct Concat {
  int axis = 0;

  std::string name() const;
  graph::Facts facts(const graph::Given& given) const;
};

/// Takes begin..end-1 along an axis of (c, h, w).
struct Slice {
  int axis = 0;
  int begin = 0, end = 0;

  std::string name() const;
  graph::Facts facts(const graph::Given& given) const;
};

/// Constant border around the map.
struct Pad {
  Margins margins;
  float value = 0;

  std::string name() const;
  graph::Facts facts(const graph::Given& given) const;
};

/// Same values in C, H, W order under another shape (the node's): Flatten, Reshape, Squeeze.
struct Reshape {
  std::string name() const;
  graph::Facts facts(const graph::Given& given) const;
};

/// weights [out, in], bias [out] or null; input and output are vectors (h = w = 1).
struct FullyConnected {
  int out = 0;
  Floats weights, bias;

  std::string name() const;
  graph::Facts facts(const graph::Given& given) const;
};

/// Moves values. A position along output axis a of (c, h, w) counts through digits[a], the last one
/// fastest; so the output's extent along a is the product of their extents (none: 1). The value
/// comes from position start[i] + sum of digit * step along input axis i, over the digits of all
/// output axes whose axis is i. Transposes, channel shuffles, depth to space, steps of a slice,
/// repeats (step 0), flips (negative steps). Input and output need not have the same number of
/// values.
struct Rearrange {
  struct Digit {
    int extent = 1;
    int axis = 0;  ///< of the input: 0 channels, 1 rows, 2 columns
    int step = 1;
    bool operator==(const Digit&) const = default;
  };
  std::array<std::vector<Digit>, 3> digits;
  std::array<int, 3> start{};
  std::string kind = "rearrangement";  ///< what users call it
  std::string name() const;
  graph::Facts facts(const graph::Given& given) const;
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
  graph::Facts facts(const graph::Given& given) const;
};

/// One number for all values along `axes`, which keep extent 1: also global pooling (kOverSpace).
struct Reduce {
  enum class Kind : std::uint8_t { sum, mean, product, maximum, minimum };
  Kind kind = Kind::mean;
  AxisSet axes = kOverSpace;
  std::string name() const;
  graph::Facts facts(const graph::Given& given) const;
};

/// Products of matrices, one per channel: a [G, M, K] times b [G or 1, K, N] gives [G, M, N].
struct MatMul {
  std::string name() const;
  graph::Facts facts(const graph::Given& given) const;
};

/// Constant values of the node's shape, without inputs: class tokens, position tables.
struct Parameter {
  Floats values;  ///< [C, H, W]
  std::string name() const;
  graph::Facts facts(const graph::Given& given) const;
};

/// Says which inputs are read, not what is computed (a normalisation over all positions, ...): for
/// theory only. Importers create it only with ModelFiles::theory. The shape is the node's.
struct TheoryOnly {
  enum class Scope {
    listed,      ///< of its one input what `y` and `x` list
    normalised,  ///< its own position, and a statistic of the whole map
    everything   ///< all of every input
  };
  std::string kind;
  AxisReads y, x;
  Scope scope = Scope::listed;
  bool shape_known = true;  ///< else the node's shape is 1 x 1 x 1 and says nothing
  std::string reason;       ///< why the operation counts as global; empty if it is known

  std::string name() const;
  graph::Facts facts(const graph::Given& given) const;
};

/// The operations that engines compute: X(Conv), X(Pool), ... An engine declares its functions,
/// one per operation, by this list.
#define RFMAP_OPERATIONS(X)                                                                     \
  X(Conv), X(Pool), X(Lrn), X(Affine), X(Activation), X(Softmax), X(Normalisation),             \
      X(Elementwise), X(Concat), X(Slice), X(Pad), X(Reshape), X(FullyConnected), X(Rearrange), \
      X(Resample), X(Reduce), X(MatMul), X(Parameter)
#define RFMAP_TYPE(Op) Op
using Operation = std::variant<RFMAP_OPERATIONS(RFMAP_TYPE)>;
#undef RFMAP_TYPE

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

/// A tensor of the file that holds a node's values in another order: position by position, the last
/// digit fastest, as digits of the node's axes.
struct MovedTensor {
  std::string name;
  std::vector<Rearrange::Digit> order;
};

/// One value of the network and how it is computed. Values have one producer, so node = tensor.
struct Node {
  std::string name;                  ///< node's name in the file, else its output tensor's
  std::vector<std::string> tensors;  ///< tensors of the file that this value equals
  std::vector<std::string> aliases;  ///< further names accepted for it (dropped or folded nodes)
  NodeOperation op;
  std::vector<int> inputs;         ///< indices of earlier nodes
  Shape shape;                     ///< of the output, without the batch
  std::string module;              ///< module of the exporting program ("layer1.0"); may be empty
  std::string path;                ///< the node's own path, unique ("layer1.0.conv1"); may be empty
  std::vector<MovedTensor> moved;  ///< tensors of the file that are this value in another order
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

/// Multiply-adds of one sample (convolutions and fully connected operations; 0 for others).
double macs(const NodeOperation& op, const std::vector<Shape>& inputs, const Shape& output);
double macs(const Graph& graph, int node);

}  // namespace rfmap
