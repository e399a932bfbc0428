#pragma once

#include <span>
#include <vector>

#include "rfmap/occlusion.h"

#include "plan/windows/extent.h"

namespace rfmap::plan {

/// The position of a sample's window along one axis, and its cells that change and are needed.
struct WindowPlace {
  int first = 0;  ///< inside the map
  Extent live;
};

/// Window sizes along one axis, in few classes: a program has fixed window sizes, and every sample
/// runs in the smallest class that holds its windows. A window that is larger than needed still
/// gives the exact result.
struct AxisWindows {
  std::vector<int> nodes;                 ///< values with a window, ascending
  std::vector<std::vector<int>> classes;  ///< [class][i]: size of the window of nodes[i]
  int grid = 0;                           ///< grid indices
  std::vector<int> class_of;              ///< [position * grid + grid index]; -1: nothing changes
  std::vector<WindowPlace> places;        ///< [position][grid index][i]

  /// [grid index]
  const int* classes_of(int position) const {
    return class_of.data() + std::size_t(position) * grid;
  }
  int class_at(int grid_index, int position) const { return classes_of(position)[grid_index]; }
  /// [i]; only for samples that have a class.
  std::span<const WindowPlace> places_at(int grid_index, int position) const {
    const std::size_t sample = std::size_t(position) * grid + grid_index;
    return std::span(places).subspan(sample * nodes.size(), nodes.size());
  }
};

/// Windows of `nodes` of a graph. With a target: the changed cells in the cone of each of its
/// positions, the last node being the target; without (-1): all changed cells. `weight` is the cost
/// of a cell of each node. The classes make the mean cost over all samples small: exact optimum
/// over signatures in the order of their cost, with the fewest classes within `slack` of the lowest
/// cost; a single class if windows may be `ragged` (Engine::ragged_windows).
struct WindowPrices {
  std::span<const double> weight;
  double base = 0;  ///< cost of a sample
  bool ragged = false;
};
AxisWindows make_axis_windows(const WindowNet& net, const Grid& grid, Axis axis, int target,
                              std::vector<int> nodes, const WindowPrices& prices);

}  // namespace rfmap::plan
