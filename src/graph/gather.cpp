#include "graph/gather.h"

#include <algorithm>
#include <utility>

#include "graph/rearrange.h"

namespace rfmap::graph {
namespace {

using Digits = std::vector<Rearrange::Digit>;

/// Whether all digits move along the channels or along `axis`.
bool moves_along(const Digits& digits, int axis) {
  return std::all_of(digits.begin(), digits.end(), [axis](const Rearrange::Digit& digit) {
    return digit.axis == 0 || digit.axis == axis;
  });
}

/// Positions along rows (1) or columns (2), each with one tap.
GatherAxis moved_axis(const Rearrange& op, int axis) {
  const Digits& digits = op.digits[std::size_t(axis)];
  int positions = 1;
  for (const Rearrange::Digit& digit : digits) positions *= digit.extent;
  std::vector<int> index, channels;
  for (int u = 0; u < positions; ++u) {
    MapPosition at{};
    at[std::size_t(axis)] = u;
    const MapPosition from = source_of(op, at);
    index.push_back(from[std::size_t(axis)]);
    channels.push_back(from[0] - op.start[0]);
  }
  GatherAxis moved;
  moved.taps.index = std::make_shared<const std::vector<int>>(std::move(index));
  moved.taps.weight = std::make_shared<const std::vector<float>>(std::size_t(positions), 1.f);
  if (std::any_of(channels.begin(), channels.end(), [](int c) { return c != 0; }))
    moved.channels = std::make_shared<const std::vector<int>>(std::move(channels));
  return moved;
}

}  // namespace

Gather gather_of(const Resample& op) { return {{op.y, {}}, {op.x, {}}}; }

std::optional<Gather> gather_of(const Rearrange& op) {
  const Rearrange few = simplified(op);
  const Digits& channels = few.digits[0];
  const bool equal_steps = channels.empty() || (channels.size() == 1 && channels[0].axis == 0);
  if (!equal_steps || !moves_along(few.digits[1], 1) || !moves_along(few.digits[2], 2))
    return std::nullopt;
  return Gather{moved_axis(few, 1), moved_axis(few, 2), few.start[0],
                channels.empty() ? 1 : channels[0].step};
}

}  // namespace rfmap::graph
