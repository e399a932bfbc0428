#pragma once

#include <optional>
#include <vector>

#include "rfmap/graph.h"
#include "rfmap/occlusion.h"

#include "plan/windows/net.h"

/// Which cells an occluder changes and which a neuron needs, one axis at a time (docs/windows.md),
/// by the arithmetic of the theoretical field, forwards and backwards, clipped to the maps.
namespace rfmap::plan {

/// Rows or columns.
enum class Axis { y, x };

inline int along(Axis axis, const Size& size) { return axis == Axis::y ? size.h : size.w; }
inline int along(Axis axis, const Shape& shape) { return axis == Axis::y ? shape.h : shape.w; }
inline int along(Axis axis, const Point& point) { return axis == Axis::y ? point.y : point.x; }

/// Cells begin..end-1 of a map along one axis.
struct Extent {
  int begin = 0, end = 0;
  int size() const { return end > begin ? end - begin : 0; }
  bool operator==(const Extent&) const = default;
};
Extent hull(const Extent& a, const Extent& b);
Extent overlap(const Extent& a, const Extent& b);

/// Output cell u reads input cells u * stride - pad ... u * stride - pad + reach - 1.
struct AxisRule {
  int reach = 1, stride = 1, pad = 0;
  bool pointwise() const { return reach == 1 && stride == 1 && pad == 0; }
  bool operator==(const AxisRule&) const = default;
};

/// Rule of an operation for each of its inputs, from crops of which it computes windows; nothing if
/// it cannot (global operations, reshapes, values broadcast over space, Facts::gather).
std::optional<AxisRule> axis_rule(const Facts& facts, Axis axis);

/// Whether windows of the operation can be computed: from crops, or by position (Facts::gather).
bool has_windows(const Facts& facts);

/// By node: whether it and all nodes before it have a windowed form.
std::vector<bool> windowable_nodes(const Graph& graph);

/// By node: cells that change if input cells `changed` do. Nodes without a windowed form: empty.
std::vector<Extent> changed_extents(const WindowNet& net, Axis axis, const Extent& changed);

/// The same for the occluder at each grid index along an axis.
std::vector<std::vector<Extent>> changed_by_grid(const WindowNet& net, const Grid& grid, Axis axis);

/// By node: cells that cell `position` of `target` depends on. The window of a point-wise unary
/// operation is that of its input, so that it needs no copy.
std::vector<Extent> cone_extents(const WindowNet& net, int target, Axis axis, int position);

/// An operation on one input that is element-wise, without weights between channels.
bool is_unary_pointwise(const WindowNet& net, int node);

}  // namespace rfmap::plan
