#include "plan/windows/class.h"

#include <algorithm>
#include <limits>
#include <map>

namespace rfmap::plan {
namespace {

constexpr int kMostClasses = 3;      // n classes give n^2 programs; more save little (docs/gpu.md)
constexpr int kIndicesPerClass = 8;  // fewer leave batches unfilled: samples / n^2 per program
constexpr double kSlack = 1.03;      // smaller savings are not worth another class

using Signature = std::vector<int>;

/// A distinct signature, its number of occurrences, and its own cost.
struct Kind {
  Signature sizes;
  double count = 0, cost = 0;
};

std::vector<Extent> pick(const std::vector<Extent>& all, const std::vector<int>& nodes) {
  std::vector<Extent> picked;
  for (int node : nodes) picked.push_back(all[node]);
  return picked;
}

/// The cells of each node that an occluder changes and that a response sees.
struct LayerExtents {
  std::vector<int> map;                      ///< [i] size of the complete map
  std::vector<std::vector<Extent>> changed;  ///< [grid index][i]
  std::vector<std::vector<Extent>> cone;     ///< [position][i]; one entry if windows are shared

  int grid() const { return int(changed.size()); }
  int positions() const { return int(cone.size()); }
  Extent window(int grid_index, int position, std::size_t i) const {
    return overlap(changed[grid_index][i], cone[position][i]);
  }
};

/// Sizes needed by one sample; empty if its last node's window is empty (own windows), or all are.
Signature signature(const LayerExtents& extents, int grid_index, int position, bool own) {
  Signature sizes;
  bool any = false;
  const std::size_t nodes = extents.map.size();
  for (std::size_t i = 0; i < nodes; ++i) {
    const int size = extents.window(grid_index, position, i).size();
    any |= size > 0;
    sizes.push_back(std::max(1, size));
  }
  const bool live = own ? extents.window(grid_index, position, nodes - 1).size() > 0 : any;
  return live ? sizes : Signature{};
}

/// Cost of a sample in a class of these sizes, with the mean size along the other axis; the last
/// weight is the cost of a sample even if it multiplies nothing.
double cost(const Signature& sizes, std::span<const double> across) {
  double sum = across.back();
  for (std::size_t i = 0; i < sizes.size(); ++i) sum += across[i] * sizes[i];
  return sum;
}

std::vector<Kind> distinct(const LayerExtents& extents, bool own) {
  std::map<Signature, double> counts;
  for (int p = 0; p < extents.positions(); ++p)
    for (int g = 0; g < extents.grid(); ++g)
      if (Signature sizes = signature(extents, g, p, own); !sizes.empty())
        ++counts[std::move(sizes)];
  std::vector<Kind> kinds;
  for (const auto& [sizes, count] : counts) kinds.push_back({sizes, count, 0});
  return kinds;
}

/// Weights of sizes along this axis for windows of the mean size along the other axis; then `base`.
std::vector<double> across_weights(const std::vector<Kind>& kinds, std::span<const double> weight,
                                   double base) {
  std::vector<double> across(weight.size());
  double total = 0;
  for (const Kind& kind : kinds) {
    total += kind.count;
    for (std::size_t i = 0; i < across.size(); ++i) across[i] += kind.count * kind.sizes[i];
  }
  for (std::size_t i = 0; i < across.size(); ++i) across[i] *= weight[i] / std::max(1.0, total);
  across.push_back(base);
  return across;
}

void sort_by_cost(std::vector<Kind>& kinds, std::span<const double> across) {
  for (Kind& kind : kinds) kind.cost = cost(kind.sizes, across);
  std::sort(kinds.begin(), kinds.end(), [](const Kind& a, const Kind& b) {
    return a.cost != b.cost ? a.cost < b.cost : a.sizes < b.sizes;
  });
}

void widen(Signature& sizes, const Signature& other) {
  sizes.resize(other.size());
  for (std::size_t i = 0; i < other.size(); ++i) sizes[i] = std::max(sizes[i], other[i]);
}

/// Best split of kinds [0, end) into k runs, by dynamic programming.
struct Cuts {
  std::vector<std::vector<double>> cost;  ///< [k][end]
  std::vector<std::vector<int>> begin;    ///< [k][end] start of the last run
};

Cuts cut_into_runs(const std::vector<Kind>& kinds, std::span<const double> across, int classes) {
  const int n = int(kinds.size()), most = std::min(classes, n);
  constexpr double never = std::numeric_limits<double>::infinity();
  Cuts cuts{std::vector(most + 1, std::vector<double>(n + 1, never)),
            std::vector(most + 1, std::vector<int>(n + 1, 0))};
  cuts.cost[0][0] = 0;
  for (int end = 1; end <= n; ++end) {
    Signature run;
    double count = 0;
    for (int begin = end - 1; begin >= 0; --begin) {
      widen(run, kinds[begin].sizes);
      count += kinds[begin].count;
      const double price = count * cost(run, across);
      for (int k = 1; k <= most; ++k)
        if (const double c = cuts.cost[k - 1][begin] + price; c < cuts.cost[k][end]) {
          cuts.cost[k][end] = c;
          cuts.begin[k][end] = begin;
        }
    }
  }
  return cuts;
}

/// The number of classes that the mean number of live grid indices of a position can fill.
int most_classes(const std::vector<Kind>& kinds, int positions) {
  double live = 0;
  for (const Kind& kind : kinds) live += kind.count / positions;
  return std::clamp(int(live) / kIndicesPerClass, 1, kMostClasses);
}

/// Classes' sizes, cheapest first, and the class of each kind.
std::map<Signature, int> choose_classes(std::vector<Kind> kinds, std::span<const double> across,
                                        int most_wanted, std::vector<std::vector<int>>& classes) {
  std::map<Signature, int> of;
  if (kinds.empty()) return of;
  sort_by_cost(kinds, across);
  const Cuts cuts = cut_into_runs(kinds, across, most_wanted);
  const int n = int(kinds.size()), most = int(cuts.cost.size()) - 1;
  int k = 1;
  while (k < most && cuts.cost[k][n] > kSlack * cuts.cost[most][n]) ++k;
  classes.resize(k);
  for (int end = n; k > 0; --k) {
    const int begin = cuts.begin[k][end];
    for (int i = begin; i < end; ++i) {
      widen(classes[k - 1], kinds[i].sizes);
      of[kinds[i].sizes] = k - 1;
    }
    end = begin;
  }
  return of;
}

LayerExtents find_extents(const WindowNet& net, const Grid& grid, Axis axis, int target,
                          const std::vector<int>& nodes) {
  LayerExtents extents;
  for (int node : nodes) extents.map.push_back(along(axis, net.graph.nodes[node].shape));
  for (const std::vector<Extent>& changed : changed_by_grid(net, grid, axis))
    extents.changed.push_back(pick(changed, nodes));
  if (target < 0) {
    extents.cone.emplace_back();
    for (int size : extents.map) extents.cone.back().push_back({0, size});
    return extents;
  }
  for (int p = 0; p < along(axis, net.graph.nodes[target].shape); ++p)
    extents.cone.push_back(pick(cone_extents(net, target, axis, p), nodes));
  return extents;
}

void append_places(const LayerExtents& extents, int grid_index, int position, int cls,
                   AxisWindows& windows) {
  for (std::size_t i = 0; i < extents.map.size(); ++i) {
    const Extent live = extents.window(grid_index, position, i);
    const int begin = live.size() > 0 ? live.begin : extents.cone[position][i].begin;
    const int last = cls < 0 ? 0 : extents.map[i] - windows.classes[cls][i];
    windows.places.push_back({std::clamp(begin, 0, last), live});
  }
}

}  // namespace

AxisWindows make_axis_windows(const WindowNet& net, const Grid& grid, Axis axis, int target,
                              std::vector<int> nodes, const WindowPrices& prices) {
  const bool own = target >= 0;
  const LayerExtents extents = find_extents(net, grid, axis, target, nodes);
  const std::vector<Kind> kinds = distinct(extents, own);
  const int most = prices.ragged ? 1 : most_classes(kinds, extents.positions());
  AxisWindows windows;
  windows.nodes = std::move(nodes);
  windows.grid = extents.grid();
  const std::map<Signature, int> of = choose_classes(
      kinds, across_weights(kinds, prices.weight, prices.base), most, windows.classes);
  for (int p = 0; p < extents.positions(); ++p)
    for (int g = 0; g < extents.grid(); ++g) {
      const Signature sizes = signature(extents, g, p, own);
      windows.class_of.push_back(sizes.empty() ? -1 : of.at(sizes));
      append_places(extents, g, p, windows.class_of.back(), windows);
    }
  return windows;
}

}  // namespace rfmap::plan
