#include "plan/window_class.h"

#include <algorithm>
#include <limits>
#include <map>

namespace rfmap {
namespace {

constexpr int kMostClasses = 3;      // their squares are programs; more save little (docs/gpu.md)
constexpr int kIndicesPerClass = 8;  // fewer leave batches unfilled: samples / classes^2 a program
constexpr double kSlack = 1.03;      // further classes are not worth a program for less

using Signature = std::vector<int>;

/// A distinct signature, how often it comes up, and what it costs alone.
struct Kind {
  Signature sizes;
  double count = 0, cost = 0;
};

Extent occluded(const Grid& grid, Axis axis, int index) {
  const int origin = along(axis, grid.first) + index * along(axis, grid.stride);
  return {origin, origin + along(axis, grid.occluder)};
}

std::vector<Extent> pick(const std::vector<Extent>& all, const std::vector<int>& nodes) {
  std::vector<Extent> picked;
  for (int node : nodes) picked.push_back(all[node]);
  return picked;
}

Extent window(const AxisWindows& w, int grid_index, int position, std::size_t i) {
  return overlap(w.changed[grid_index][i], w.cone[position][i]);
}

/// Sizes needed by one sample; empty when its last node's window is (own windows), or all are.
Signature signature(const AxisWindows& w, int grid_index, int position, bool own) {
  Signature sizes;
  bool any = false;
  for (std::size_t i = 0; i < w.nodes.size(); ++i) {
    const int size = window(w, grid_index, position, i).size();
    any |= size > 0;
    sizes.push_back(std::max(1, size));
  }
  const bool live = own ? window(w, grid_index, position, w.nodes.size() - 1).size() > 0 : any;
  return live ? sizes : Signature{};
}

/// Cost of a sample in a class of these sizes, for a square of the mean size across; the last
/// weight is the price of a sample even where it multiplies nothing.
double cost(const Signature& sizes, std::span<const double> across) {
  double sum = across.back();
  for (std::size_t i = 0; i < sizes.size(); ++i) sum += across[i] * sizes[i];
  return sum;
}

std::vector<Kind> distinct(const AxisWindows& w, bool own) {
  std::map<Signature, double> counts;
  for (int p = 0; p < int(w.cone.size()); ++p)
    for (int g = 0; g < w.grid(); ++g)
      if (Signature sizes = signature(w, g, p, own); !sizes.empty()) ++counts[std::move(sizes)];
  std::vector<Kind> kinds;
  for (const auto& [sizes, count] : counts) kinds.push_back({sizes, count, 0});
  return kinds;
}

/// Weights of sizes along this axis for windows of the mean size across; then `base`.
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

/// Best cut of kinds [0, end) into k runs, by dynamic programming.
struct Cuts {
  std::vector<std::vector<double>> cost;  ///< [k][end]
  std::vector<std::vector<int>> begin;    ///< [k][end] of the last run
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

/// Classes that the mean number of live grid indices of a position can fill.
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

void append_places(AxisWindows& w, int grid_index, int position, int cls) {
  for (std::size_t i = 0; i < w.nodes.size(); ++i) {
    const Extent live = window(w, grid_index, position, i);
    const int begin = live.size() > 0 ? live.begin : w.cone[position][i].begin;
    const int first = cls < 0 ? 0 : std::clamp(begin, 0, w.map[i] - w.classes[cls][i]);
    w.places.push_back({first, live});
  }
}

}  // namespace

AxisWindows make_axis_windows(const Graph& graph, const Grid& grid, Axis axis, int target,
                              std::vector<int> nodes, const WindowPrices& prices) {
  AxisWindows w;
  w.nodes = std::move(nodes);
  for (int node : w.nodes) w.map.push_back(along(axis, graph.nodes[node].shape));
  for (int g = 0; g < along(axis, grid.count); ++g)
    w.changed.push_back(pick(changed_extents(graph, axis, occluded(grid, axis, g)), w.nodes));
  const bool own = target >= 0;
  if (own) {
    for (int p = 0; p < along(axis, graph.nodes[target].shape); ++p)
      w.cone.push_back(pick(cone_extents(graph, target, axis, p), w.nodes));
  } else {
    w.cone.emplace_back();
    for (int size : w.map) w.cone.back().push_back({0, size});
  }
  const std::vector<Kind> kinds = distinct(w, own);
  const int most = prices.ragged ? 1 : most_classes(kinds, int(w.cone.size()));
  const std::map<Signature, int> of =
      choose_classes(kinds, across_weights(kinds, prices.weight, prices.base), most, w.classes);
  for (int p = 0; p < int(w.cone.size()); ++p)
    for (int g = 0; g < w.grid(); ++g) {
      const Signature sizes = signature(w, g, p, own);
      w.class_of.push_back(sizes.empty() ? -1 : of.at(sizes));
      append_places(w, g, p, w.class_of.back());
    }
  return w;
}

}  // namespace rfmap
