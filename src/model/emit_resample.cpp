#include <array>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "graph/axes.h"
#include "model/emit.h"

// Resized and bordered tensors, whatever the order of their axes.
namespace rfmap::importing {
namespace {

/// Axes of a tensor by side of the map: rows [1] and columns [2].
using Sides = std::array<std::optional<int>, 3>;

/// Those of `dims` that are whole sides of the map; one of a single position takes a free side.
Sides sides_of(const Value& value, const std::vector<int>& dims, const Shape& map) {
  Sides sides;
  for (const int dim : dims)
    if (const auto side = map_side(value.axes[dim], map)) sides[*side] = dim;
  for (const int dim : dims) {
    if (value.dims[dim] > 1) continue;
    for (const int side : {1, 2})
      if (graph::extent(map, side) == 1 && !sides[side]) {
        sides[side] = dim;
        break;
      }
  }
  return sides;
}

Value along_sides(Builder& builder, const Label& label, const Value& value, const Sides& sides,
                  const std::vector<AxisTaps>& along, const std::string& kind) {
  Resample op;
  op.kind = kind;
  Result result{value.dims, value.axes, value.on_grid};
  for (const int side : {1, 2}) {
    if (!sides[side]) continue;
    const int dim = *sides[side];
    const AxisTaps& taps = along[dim];
    (side == 1 ? op.y : op.x) = taps;
    const int count = taps.positions(graph::extent(builder.shape(value), side));
    result.dims[dim] = count;
    result.axes[dim] = joined({{count, side, 1}});
  }
  return builder.add_on_maps(label, std::move(op), {value}, std::move(result));
}

}  // namespace

Value resampled(Builder& builder, const Label& label, const Value& given,
                const std::vector<AxisTaps>& along, const std::string& kind) {
  std::vector<int> open;
  for (int dim = 0; dim < int(along.size()); ++dim)
    if (along[dim].index) open.push_back(dim);
  Value value = given;
  for (const int dim : open)
    if (holds_samples(value.axes[dim])) throw Refusal("it runs over the batch axis");
  if (open.empty()) return builder.alias(value, label);
  while (true) {
    Sides sides = sides_of(value, open, builder.shape(value));
    if (!sides[1] && !sides[2]) {
      value = builder.laid_out(label, value, with_axis(present_layout(value.axes), open[0], 1));
      sides = sides_of(value, open, builder.shape(value));
    }
    std::erase_if(open, [&](int dim) { return sides[1] == dim || sides[2] == dim; });
    const Label part{label.name + "/axis" + std::to_string(open.size()), {}};
    value = along_sides(builder, open.empty() ? label : part, value, sides, along, kind);
    if (open.empty()) return value;
  }
}

}  // namespace rfmap::importing
