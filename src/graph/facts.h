#pragma once

#include <compare>
#include <memory>
#include <optional>
#include <string>
#include <variant>
#include <vector>

#include "rfmap/graph.h"

#include "graph/gather.h"

/// The properties of an operation that do not depend on the engine. Theoretical fields, boxes,
/// windows, needed channels and costs are computed from these facts; each operation states its own
/// in src/graph/ops, and no other code does.
namespace rfmap::graph {

/// Position u of the output reads u * stride - pad + tap * dilation of the input, tap 0 .. kernel -
/// 1; positions beyond the map are padding.
struct Sliding {
  int kernel = 1, stride = 1, dilation = 1, pad = 0;
  int reach() const { return dilation * (kernel - 1) + 1; }
  bool pointwise() const { return kernel == 1 && stride == 1 && pad == 0; }
};

/// Every position reads the whole axis, so outputs have no position along it.
struct WholeAxis {
  /// The operation moves values (reshape, transposition) and each position reads few of them, which
  /// are not followed.
  bool moved = false;
};

/// The input has one position along this axis, which every position reads.
struct Broadcast {};

/// Inputs laid side by side along this axis: position u reads u - begin if that is one of the
/// input's `length` positions; before the first input and after the last one is padding.
struct Joined {
  int begin = 0, length = 0;
  bool first = true, last = true;
};

/// Positions first, first + step, ... last; first > last: none.
struct Span {
  int first = 0, last = -1, step = 1;
  bool empty() const { return first > last; }
};

/// What each position reads, listed.
struct Listed {
  std::vector<Span> spans;  ///< by position of the output: inside the input's map
  AxisReads formula;        ///< the same as a formula, whose positions may lie beyond the map
};

/// Which positions of one input the positions of an output read, along one axis.
using Reads = std::variant<Sliding, WholeAxis, Broadcast, Joined, AxisReads, Listed>;

/// Channel c reads only channel c.
struct SameChannel {};
/// Output channels form groups of `out`; each reads the `in` input channels of its group.
struct ChannelGroups {
  int in = 1, out = 1;
};
/// Channel c reads the existing channels among c - before .. c + after.
struct ChannelNeighbours {
  int before = 0, after = 0;
};
/// Channel c reads c + by if the input has it, else nothing: slices, concatenations.
struct ShiftedChannel {
  int by = 0;
};
/// Channels begin..end-1.
struct ChannelRange {
  int begin = 0, end = 0;
  int size() const { return end - begin; }
  bool operator==(const ChannelRange&) const = default;
  bool operator<(const ChannelRange& other) const {
    return begin != other.begin ? begin < other.begin : end < other.end;
  }
};
/// Channel c reads channels of[c].
struct ListedChannels {
  std::shared_ptr<const std::vector<ChannelRange>> of;
};
struct AllChannels {};

/// Which channels of one input a channel of an output reads.
using ChannelReads = std::variant<SameChannel, ChannelGroups, ChannelNeighbours, ShiftedChannel,
                                  ListedChannels, AllChannels>;

struct InputReads {
  Reads y, x;
  ChannelReads channels;
  /// Where an axis is read as a whole: each position reads its own position, and of the others only
  /// a statistic (normalisation over space).
  bool statistics = false;
  const Reads& along(int axis) const { return axis == 1 ? y : x; }
};

/// Whether outputs below 0 occur: never, only if inputs are below 0, or in general.
enum class Sign { non_negative, as_inputs, any };

struct Facts {
  Shape shape;                     ///< of the output
  std::vector<InputReads> inputs;  ///< in the order of the node's inputs
  Sign sign = Sign::as_inputs;
  double macs = 0;   ///< multiply-adds of one sample
  float border = 0;  ///< value of the padding (without effect on an average's divisor)
  /// True if the operation is the same at every position, so that a crop of its input gives a crop
  /// of its output.
  bool uniform = true;
  /// Where it is not uniform: its values by absolute position, if they are sums over taps.
  std::optional<Gather> gather;
};

/// The inputs from which an operation states its facts.
struct Given {
  const std::string& node;  ///< for messages
  const std::string& kind;  ///< kind of the operation
  const std::vector<Shape>& inputs;
  const Shape& wanted;  ///< shape of inputs and reshapes
  const Shape& in() const { return inputs.front(); }
  /// Throws ModelError.
  [[noreturn]] void fail(const std::string& problem) const;
  void expect_inputs(bool right) const;
  /// Throws if constants have another number of values.
  void expect_values(const Floats& values, std::size_t count, const std::string& what) const;
};

/// Facts of a node; throws ModelError if shapes do not fit.
Facts facts_of(const Graph& graph, const Node& node);
/// Facts of all nodes.
std::vector<Facts> facts_of(const Graph& graph);

/// Element-wise reads: each position and channel reads the same position and channel.
InputReads cellwise();

/// Channels of an input of `in_channels` that channel `channel` reads.
ChannelRange channels_read(const ChannelReads& reads, int channel, int in_channels);

}  // namespace rfmap::graph
