#pragma once

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

/// Output cell u reads input cells u * stride - pad ... u * stride - pad + reach - 1. Stride 0: all
/// output cells read the same ones.
struct AxisRule {
  int reach = 1, stride = 1, pad = 0;
  bool pointwise() const { return reach == 1 && stride == 1 && pad == 0; }
  bool operator==(const AxisRule&) const = default;
};

/// Whether a window of the operation can be computed from crops of its inputs, or by position
/// (Facts::gather). All others (global operations, reshapes) are computed as a whole, from complete
/// maps.
bool is_local(const graph::Facts& facts);

/// By node: whether an occluder changes only a part of its map, and windows are always worth
/// considering: it and all nodes before it are local, and nothing is broadcast over space.
std::vector<bool> local_nodes(const Graph& graph);

/// By node: whether a response at one location has windows. Constants have none, nor has what is
/// there for theory only.
std::vector<bool> windowable_nodes(const Graph& graph);

/// What a node that is not gathered reads of its input `k`, to crop it.
AxisRule axis_rule(const WindowNet& net, int node, int k, Axis axis);

/// By node: cells that change if input cells `changed` do. Nodes that are computed as a whole: all,
/// whatever changes. Constants: none.
std::vector<Extent> changed_extents(const WindowNet& net, Axis axis, const Extent& changed);

/// The same for the occluder at each grid index along an axis.
std::vector<std::vector<Extent>> changed_by_grid(const WindowNet& net, const Grid& grid, Axis axis);

/// By node: cells that are needed for cell `position` of `target`. The window of a point-wise unary
/// operation is that of its input, so that it needs no copy. Nodes that are computed as a whole:
/// all cells.
std::vector<Extent> cone_extents(const WindowNet& net, int target, Axis axis, int position);

/// An operation on one input that is element-wise, without weights between channels.
bool is_unary_pointwise(const WindowNet& net, int node);

}  // namespace rfmap::plan
