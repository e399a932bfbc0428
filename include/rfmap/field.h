#pragma once

#include <vector>

#include "rfmap/graph.h"

namespace rfmap {

/// Input pixels that a neuron may see, per axis: first..last, unclipped, both inclusive.
struct Interval {
  double first = 0, last = 0;
};

/// Theoretical receptive field of a tensor along one axis. Feature u covers the hull over `pieces`
/// of [start + u * stride, start + u * stride + size - 1] (method.md: start = -P). One piece per
/// distinct stride: graphs whose paths differ in stride or centre are unaligned. Strides are
/// fractions after upsampling. Global operations have stride 0: one interval for every position.
struct AxisField {
  struct Piece {
    double start = 0, stride = 1, size = 1;
  };
  std::vector<Piece> pieces = std::vector<Piece>(1);  ///< largest stride first
  bool aligned = true;                                ///< all paths agree in stride and centre
  /// By position: the hull of the input's pixels that really reach it; first > last where none
  /// does. Inside `at()`: taps in padding, and pixels that a strided layer skips, see nothing.
  /// Empty in a field that was made by hand.
  std::vector<Interval> seen;

  Interval at(int position) const;
  /// Size, stride (jump) and padding of the first piece; the hull's at position 0 when unaligned.
  double size() const;
  double stride() const { return pieces.front().stride; }
  double padding() const { return -pieces.front().start; }
};

struct Field {
  AxisField y, x;
  bool global = false;  ///< every position sees the hull of all positions of its input
  bool aligned() const { return y.aligned && x.aligned; }
};

/// Fields of all nodes of a graph with respect to its input (Araujo et al., Distill 2019; rules in
/// docs/method.md). Same order as graph.nodes.
std::vector<Field> theoretical_fields(const Graph& graph);

/// Box of one neuron in input pixels, half-open, unclipped.
Rect field_box(const Field& field, Point position);
/// The pixels of the input that can move it, from `seen`; clipped where that is unknown. The axes
/// are taken apart, so it is an upper bound (never too small) where maps of different fields are
/// joined along rows or columns, or where a branch sees padding alone.
Rect clipped_box(const Field& field, Point position, Size input);
/// Centre of a neuron's unclipped box in pixels (half-integers where the size is even).
struct Centre {
  double y = 0, x = 0;
};
Centre field_centre(const Field& field, Point position);
/// True when the field of every position of an h x w map covers the whole input.
bool covers_input(const Field& field, Size map, Size input);

}  // namespace rfmap
