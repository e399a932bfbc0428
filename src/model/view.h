#pragma once

#include <array>
#include <cstddef>
#include <optional>
#include <string>
#include <vector>

#include "rfmap/graph.h"

#include "graph/rearrange.h"
#include "model/constant.h"

/// How the axes of a tensor of the file lie in the C x H x W map of a node. A transpose or reshape
/// of the file changes only this; values move where an operation needs another order.
namespace rfmap::importing {

/// A part of an axis: `extent` positions, `step` apart along an axis of the map.
using Digit = Rearrange::Digit;
/// A position counts through them, the last one fastest.
using Digits = std::vector<Digit>;
/// The digits of each axis of a tensor.
using Axes = std::vector<Digits>;

/// Digit::axis of samples, which no operation may move.
inline constexpr int kSamples = -1;

using graph::joined;
/// All digits of a tensor in the order of its values.
Digits in_sequence(const Axes& axes);
/// Only the samples of the batch, in order.
bool is_of_samples(const Digits& digits);
/// Samples, perhaps joined with other positions.
bool holds_samples(const Digits& digits);
/// What an axis counts within one sample.
Digits without_samples(const Digits& digits);
int positions_in_sample(const Digits& digits);
/// How far apart samples are along an axis that holds them; 0 if it does not.
int step_of_samples(const Digits& digits);
/// Throws Refusal: `extents`, of a tensor or two, would need it.
[[noreturn]] void refuse_to_mix(const std::string& extents);
/// The same positions as digits of axes of `dims`; nothing if a border falls inside a digit that
/// cannot be divided there.
std::optional<Axes> divided(const Digits& digits, const Dims& dims);

/// [samples, c, h, w], of which trailing axes may be missing, as a map.
Shape map_shape(const Dims& dims);
/// Digits of a map's values in C, H, W order.
Digits values_of(const Shape& shape);
/// A tensor [samples, c, h, w], of which trailing axes of extent 1 may be missing (rank 1 to 4).
Axes plain_axes(const Dims& dims, std::int64_t samples);

/// The axes of a tensor that make up each axis of a map, in order.
using Layout = std::array<std::vector<int>, 3>;

/// Layout of [samples, c, h, w].
Layout map_layout(std::size_t rank);
/// Keeps axes along the axis of the map where they lie now, in the tensor's order; those that lie
/// along several become rows. Samples lie nowhere: of an axis that joins them with other positions
/// only these have a place.
Layout present_layout(const Axes& axes);
/// Makes tensor axis `moved` the whole axis `to` of the map; if others lie there too, they become
/// rows, or columns where `to` is rows.
Layout with_axis(Layout layout, int moved, int to);
/// An axis of the map for a tensor axis that lies nowhere: channels if they are free.
int free_axis(const Layout& layout);
/// Axes of the laid out tensor; those that hold samples keep their extents in `from`.
Axes laid_axes(const Layout& layout, const Dims& dims, const Axes& from);

/// The digits of each axis of a map, in the order of its positions, with the axis of the tensor and
/// the digit of that axis.
struct Place {
  int extent = 1, dim = 0, digit = 0;
};
std::array<std::vector<Place>, 3> places_of(const Axes& axes);

/// Rows (1) or columns (2) of a map of `shape` if the axis of the tensor is all of them and nothing
/// else lies there.
std::optional<int> map_side(const Digits& digits, const Shape& shape);

/// Axes of the map (c, h, w) that the axes `dims` of a tensor make up exactly; nothing if other
/// axes lie there too.
std::optional<std::array<bool, 3>> whole_axes(const Axes& axes, const std::vector<int>& dims);

/// "transpose", "channel shuffle", "depth to space", ...
std::string kind_of(const Rearrange& move, const Shape& from, const Shape& to);

}  // namespace rfmap::importing
