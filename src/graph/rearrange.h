#pragma once

#include <array>
#include <cstddef>
#include <vector>

#include "rfmap/graph.h"

/// What facts, windows and engines need of Rearrange.
namespace rfmap::graph {

/// A position (c, h, w) of a map.
using MapPosition = std::array<int, 3>;

/// Digits that count one behind the other as one digit; digits of extent 1 left out.
std::vector<Rearrange::Digit> joined(const std::vector<Rearrange::Digit>& digits);
/// The same rearrangement with the fewest digits.
Rearrange simplified(Rearrange op);

/// The position of the input whose value is at `position` of the output.
MapPosition source_of(const Rearrange& op, const MapPosition& position);

/// The offsets along input axis `axis` to which the digits of the other output axes lead,
/// ascending: {0} if they do not move along it.
std::vector<int> foreign_offsets(const Rearrange& op, int axis);

/// Output rows and columns count through input rows and columns in equal steps: a crop of the input
/// gives a crop of the output.
bool has_crops(const Rearrange& op);
/// The rearrangement that makes `out` (fewer rows, columns and, if each channel reads its own,
/// channels) from a crop that begins at the first value that it reads.
Rearrange of_crop(const Rearrange& op, const Shape& out);

/// A rearrangement in C, H, W order: value i of the output is value `first` + sum of digit * stride
/// of the input; the digits of i count through the extents, the last one fastest.
struct FlatMoves {
  struct Digit {
    int extent = 1;
    std::ptrdiff_t stride = 0;
  };
  std::vector<Digit> digits;  ///< neighbours joined; at least one
  std::ptrdiff_t first = 0;
};
FlatMoves flat_moves(const Rearrange& op, const Shape& in);

/// Output axis i is input axis order[i], of (c, h, w).
Rearrange transposed(const Shape& in, const std::array<int, 3>& order);
/// Channels seen as [groups, C / groups] and transposed (ShuffleNet); `groups` divides them.
Rearrange shuffled(const Shape& in, int groups);

}  // namespace rfmap::graph
