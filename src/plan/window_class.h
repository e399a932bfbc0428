#pragma once

#include <span>
#include <vector>

#include "rfmap/occlusion.h"

#include "plan/window_extent.h"

namespace rfmap {

/// Window sizes along one axis, in few classes: a program has fixed window sizes, and every sample
/// runs in the smallest class that holds its windows. A window larger than needed is still exact.
struct AxisWindows {
  std::vector<int> nodes;                    ///< values with a window, ascending
  std::vector<int> map;                      ///< size of each one's map
  std::vector<std::vector<int>> classes;     ///< [class][i]: size of the window of nodes[i]
  std::vector<std::vector<Extent>> changed;  ///< [grid index][i]
  std::vector<std::vector<Extent>> cone;     ///< [position][i]; one entry where windows are shared
  std::vector<int> class_of;  ///< [position * grid + grid index]; -1: nothing changes

  int grid() const { return int(changed.size()); }
  int class_at(int grid_index, int position) const {
    return class_of[std::size_t(position) * changed.size() + grid_index];
  }
  /// First cell of each window, inside the map: [i].
  void starts(int grid_index, int position, int cls, std::vector<int>& first) const;
  /// Cells of value i that change and count; they lie in its window.
  Extent live(int grid_index, int position, std::size_t i) const {
    return overlap(changed[grid_index][i], cone[position][i]);
  }
};

/// Windows of `nodes` of a graph. With a target: what lies in the cone of each of its positions,
/// the last node being the target; without (-1): everything that changes. `weight` is the cost of a
/// cell of each node. The classes make the mean cost over all samples small: exact optimum over
/// signatures in the order of their cost, with the fewest classes within `slack` of the least cost;
/// one class for all where windows may be `ragged` (Engine::ragged_windows).
struct WindowPrices {
  std::span<const double> weight;
  double base = 0;  ///< of a sample
  bool ragged = false;
};
AxisWindows make_axis_windows(const Graph& graph, const Grid& grid, Axis axis, int target,
                              std::vector<int> nodes, const WindowPrices& prices);

}  // namespace rfmap
