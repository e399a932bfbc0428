#include "plan/windows/cost.h"

#include <algorithm>

#include "plan/windows/extent.h"
#include "plan/windows/plan.h"

namespace rfmap::plan {
namespace {

/// Multiply-adds of a gathered cell: its taps, beside what its copy costs.
double taps_per_cell(const WindowNet& net, int step) {
  const graph::Facts& facts = net.facts[net.steps[step].operation];
  if (!facts.gather) return 0;
  return double(facts.shape.c) * facts.gather->y.taps.width * facts.gather->x.taps.width;
}

/// Values copied for one output cell of a step: its crops have stride x stride cells per output, or
/// are complete maps.
double copied_per_cell(const WindowNet& net, int step, double channel_share) {
  const int operation = net.steps[step].operation;
  if (is_unary_pointwise(net, operation)) return 0;
  if (net.facts[operation].gather) return net.facts[operation].shape.c * channel_share;
  const std::vector<int>& inputs = net.graph.nodes[operation].inputs;
  const bool local = is_local(net.facts[operation]);
  double values = 0;
  for (int k = 0; k < int(inputs.size()); ++k) {
    const Shape& in = net.graph.nodes[inputs[k]].shape;
    const int y = axis_rule(net, operation, k, Axis::y).stride,
              x = axis_rule(net, operation, k, Axis::x).stride;
    values +=
        local ? double(in.c) * y * x : double(in.volume()) / net.facts[operation].shape.area();
  }
  if (net.steps[step].residual >= 0) values += net.facts[operation].shape.c;
  return values * channel_share;
}

/// Share of a step's output channels that a part computes.
double channel_share(const WindowNet& net, const OwnPart& part, int step) {
  const int result = net.steps[step].result;
  return double(part.channels[result].size()) / net.graph.nodes[result].shape.c;
}

double cell_cost(const WindowNet& net, const OwnPart& part, int step) {
  const double share = channel_share(net, part, step);
  const bool behind = part.selected >= 0 && step > part.selected;
  return (macs_per_cell(net, step) + taps_per_cell(net, step)) * share +
         kCopyCost * copied_per_cell(net, step, behind ? share : 1);
}

/// Sizes of all windows along one axis, summed over the grid and averaged over the positions.
struct AxisSums {
  std::vector<double> size;  ///< [node]
  double live = 0;           ///< grid indices at which the target changes
};

using ExtentsByGrid = std::vector<std::vector<Extent>>;

AxisSums shared_sums(const WindowNet& net, const ExtentsByGrid& changed) {
  AxisSums sums{std::vector<double>(net.graph.nodes.size()), double(changed.size())};
  for (const auto& extents : changed)
    for (std::size_t i = 0; i < extents.size(); ++i) sums.size[i] += extents[i].size();
  return sums;
}

AxisSums own_sums(const WindowNet& net, const ExtentsByGrid& changed, Axis axis, int target) {
  AxisSums sums{std::vector<double>(net.graph.nodes.size()), 0};
  const int positions = along(axis, net.graph.nodes[target].shape);
  for (int p = 0; p < positions; ++p) {
    const std::vector<Extent> cone = cone_extents(net, target, axis, p);
    for (const auto& extents : changed) {
      if (overlap(extents[target], cone[target]).size() == 0) continue;
      sums.live += 1.0 / positions;
      for (int i = 0; i <= target; ++i)
        if (cone[i].size() > 0)
          sums.size[i] += std::max(1, overlap(extents[i], cone[i]).size()) / double(positions);
    }
  }
  return sums;
}

}  // namespace

std::vector<double> cell_costs(const WindowNet& net, const OwnPart& part,
                               const std::vector<int>& nodes) {
  std::vector<double> costs;
  for (int node : nodes) costs.push_back(cell_cost(net, part, net.step_of[node]));
  return costs;
}

WindowCosts window_costs(const WindowNet& net, const Grid& grid) {
  WindowCosts costs;
  const ExtentsByGrid y = changed_by_grid(net, grid, Axis::y),
                      x = changed_by_grid(net, grid, Axis::x);
  const AxisSums sy = shared_sums(net, y), sx = shared_sums(net, x);
  const OwnPart all = shared_part(net, 0);
  for (int step = 0; step < int(net.steps.size()); ++step) {
    const int result = net.steps[step].result;
    costs.shared.push_back(cell_cost(net, all, step) * sy.size[result] / sy.live * sx.size[result] /
                           sx.live);
    costs.shared_size.push_back({sy.size[result] / sy.live, sx.size[result] / sx.live});
    costs.full += macs_per_cell(net, step) * double(net.graph.nodes[result].shape.area());
  }
  for (int target : net.targets) {
    const AxisSums oy = own_sums(net, y, Axis::y, target), ox = own_sums(net, x, Axis::x, target);
    const OwnPart part = make_own_part(net, target, 0, 0);
    std::vector<double> own(net.steps.size());
    std::vector<MeanSize> sizes(net.steps.size());
    for (int step : part.steps) {
      const int result = net.steps[step].result;
      own[step] = cell_cost(net, part, step) * oy.size[result] * ox.size[result];
      sizes[step] = {oy.size[result] / std::max(1.0, oy.live),
                     ox.size[result] / std::max(1.0, ox.live)};
    }
    costs.own.push_back(std::move(own));
    costs.own_size.push_back(std::move(sizes));
    costs.samples.push_back(oy.live * ox.live);
  }
  return costs;
}

}  // namespace rfmap::plan
