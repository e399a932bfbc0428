#pragma once

#include <array>
#include <vector>

#include "rfmap/graph.h"

namespace rfmap {

/// Input pixels that a neuron may see, per axis: first..last, unclipped, both inclusive.
struct Interval {
  double first = 0, last = 0;
};

/// Theoretical receptive field of a tensor along one axis. Feature u covers the hull over `pieces`
/// of [start + u * stride, start + u * stride + size - 1] (docs/method.md: start = -P). One piece
/// per distinct stride: graphs whose paths differ in stride or centre are unaligned. Strides are
/// fractions after upsampling. Global operations have stride 0: one interval for every position.
/// Constants see nothing: no pieces.
struct AxisField {
  struct Piece {
    double start = 0, stride = 1, size = 1;
  };
  std::vector<Piece> pieces = std::vector<Piece>(1);  ///< largest stride first
  bool aligned = true;  ///< all paths (the local ones, if there are any) agree in stride and centre
  bool followed = true;  ///< else a reshape or transposition moved positions: only a bound is known
  /// No path has a jump, and all positions have one value (a mean over space, a gate): beside local
  /// paths it counts as a global path of theirs.
  bool single = false;
  /// By position: the hull of the input pixels that affect it; first > last if none does. Lies
  /// inside `at()`, because taps in padding, and pixels that a strided layer skips, have no effect.
  /// Empty in a field that was constructed by hand.
  std::vector<Interval> seen;
  /// By position, where no formula holds: the unclipped box of the local paths, which `at()` takes
  /// instead of theirs. Empty: the pieces are exact, or a bound is enough.
  std::vector<Interval> boxes;

  Interval at(int position) const;
  /// The same by the pieces only.
  Interval by_formula(int position) const;
  /// Some path has a jump, so different positions see different pixels.
  bool has_local() const;
  /// Some path sees everything from every position (a gate), and another does not.
  bool has_global_path() const;
  /// Only the paths with a jump, if there are any; without `seen`.
  AxisField local() const;
  /// Size, stride (jump) and padding of the first piece; the hull's at position 0 when unaligned.
  /// By the formula.
  double size() const;
  double stride() const { return pieces.empty() ? 0 : pieces.front().stride; }
  double padding() const { return pieces.empty() ? 0 : -pieces.front().start; }
};

struct Field {
  AxisField y, x;
  bool global = false;  ///< no path has a jump: every position sees the same hull
  bool aligned() const { return y.aligned && x.aligned; }
  bool followed() const { return y.followed && x.followed; }
  bool has_global_path() const { return y.has_global_path() || x.has_global_path(); }
  /// The field without paths that see everything (gates, squeeze-and-excitation), if other paths
  /// remain: maps are recentred on it, and sizes are compared with it.
  Field local() const { return {y.local(), x.local(), global}; }
};

/// Fields of all nodes of a graph with respect to its input (Araujo et al., Distill 2019; rules in
/// docs/method.md). Same order as graph.nodes.
std::vector<Field> theoretical_fields(const Graph& graph);

/// The distinct fields of a node's channels, and the index of each channel's field.
struct ChannelFields {
  std::vector<Field> fields;
  std::vector<int> of;
  const Field& at(int channel) const { return fields[of[channel]]; }
};

/// The field of each channel, for all nodes of a graph: the field of its own branch if channels
/// come from several (concatenations, and operations after them that keep channels separate).
std::vector<ChannelFields> channel_fields(const Graph& graph);

/// Box of one neuron in input pixels, half-open, unclipped.
Rect field_box(const Field& field, Point position);
/// The input pixels that can change it, from `seen`; the clipped box if that is unknown. The axes
/// are treated separately, so it is an upper bound (never too small) where maps of different fields
/// are joined along rows or columns, or where a branch sees only padding.
Rect clipped_box(const Field& field, Point position, Size input);
/// Centre of a neuron's unclipped local box in pixels (half-integers where the size is even).
struct Centre {
  double y = 0, x = 0;
};
Centre field_centre(const Field& field, Point position);
/// Size (y, x) of the local field over an h x w map, px: the median of the boxes of its positions.
/// Where boxes vary the formula's size is that of a hull, far too large where maps are joined along
/// rows or columns, and so is the largest box, which lies across the seam.
using FieldSize = std::array<double, 2>;
FieldSize typical_size(const Field& field, Size map);
/// True if the local field of every position of an h x w map covers the whole input.
bool covers_input(const Field& field, Size map, Size input);

}  // namespace rfmap
