#pragma once

#include "rfmap/graph.h"

#include "graph/axes.h"
#include "graph/rearrange.h"

/// Rearrangements by their usual names.
namespace rfmap::testing_moves {

/// Order of the channels that hold a block of side x side cells: [block, C] or [C, block].
enum class Channels { block_first, block_last };

/// The cells of a block become channels; `side` divides rows and columns.
inline Rearrange space_to_depth(const Shape& in, int side, Channels order = Channels::block_first) {
  Rearrange op;
  const Rearrange::Digit dy{side, 1, 1}, dx{side, 2, 1}, c{in.c, 0, 1};
  if (order == Channels::block_first)
    op.digits[0] = {dy, dx, c};
  else
    op.digits[0] = {c, dy, dx};
  op.digits[1] = {{in.h / side, 1, side}};
  op.digits[2] = {{in.w / side, 2, side}};
  op.kind = "space to depth";
  return op;
}

/// The inverse; side * side divides the channels.
inline Rearrange depth_to_space(const Shape& in, int side, Channels order = Channels::block_first) {
  Rearrange op;
  const int channels = in.c / (side * side);
  const bool first = order == Channels::block_first;
  op.digits[0] = {{channels, 0, first ? 1 : side * side}};
  op.digits[1] = {{in.h, 1, 1}, {side, 0, first ? side * channels : side}};
  op.digits[2] = {{in.w, 2, 1}, {side, 0, first ? channels : 1}};
  op.kind = "depth to space";
  return op;
}

/// Positions first, first + step, ... along an axis.
inline Rearrange stepped(const Shape& in, int axis, int first, int step) {
  Rearrange op = graph::transposed(in, {0, 1, 2});
  op.digits[std::size_t(axis)] = {
      {(graph::extent(in, axis) - first + step - 1) / step, axis, step}};
  op.start[std::size_t(axis)] = first;
  op.kind = "stepped slice";
  return op;
}

inline Rearrange flipped(const Shape& in, int axis) {
  Rearrange op = graph::transposed(in, {0, 1, 2});
  op.digits[std::size_t(axis)] = {{graph::extent(in, axis), axis, -1}};
  op.start[std::size_t(axis)] = graph::extent(in, axis) - 1;
  op.kind = "flip";
  return op;
}

/// Each position along an axis `times` times.
inline Rearrange repeated(const Shape& in, int axis, int times) {
  Rearrange op = graph::transposed(in, {0, 1, 2});
  op.digits[std::size_t(axis)].push_back({times, axis, 0});
  op.kind = "repeat";
  return op;
}

/// Tokens of windows of side x side cells: [windows, side * side, C].
inline Rearrange windows_of(const Shape& in, int side) {
  Rearrange op;
  op.digits[0] = {{in.h / side, 1, side}, {in.w / side, 2, side}};
  op.digits[1] = {{side, 1, 1}, {side, 2, 1}};
  op.digits[2] = {{in.c, 0, 1}};
  op.kind = "window partition";
  return op;
}

}  // namespace rfmap::testing_moves
