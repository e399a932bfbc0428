#include "plan/windows/plan.h"

#include <algorithm>
#include <numeric>
#include <set>

#include "plan/programs.h"
#include "plan/windows/cost.h"

namespace rfmap::plan {
namespace {

std::vector<int> results_of(const WindowNet& net, const std::vector<int>& steps) {
  std::vector<int> nodes;
  for (int step : steps) nodes.push_back(net.steps[step].result);
  std::sort(nodes.begin(), nodes.end());
  return nodes;
}

std::vector<int> frontier_of(const WindowNet& net, int cut) {
  std::set<int> frontier;
  for (int step = cut; step < int(net.steps.size()); ++step)
    for (int input : step_inputs(net, step))
      if (net.step_of[input] >= 0 && net.step_of[input] < cut && !net.constant[input])
        frontier.insert(input);
  return {frontier.begin(), frontier.end()};
}

}  // namespace

WindowPlan::WindowPlan(const Graph& graph, const std::vector<int>& targets, const Grid& grid,
                       Response response, const WindowPlanOptions& options)
    : net_(make_window_net(graph, targets)), grid_(grid), response_(response), options_(options) {
  list_originals();
  costs_ = window_costs(net_, grid);
}

void WindowPlan::list_originals() {
  std::set<int> nodes{0};
  for (int step = 0; step < steps(); ++step)
    for (int input : step_inputs(net_, step)) nodes.insert(input);
  original_nodes_.assign(nodes.begin(), nodes.end());
  for (int node : nodes)
    originals_.push_back(
        {net_.graph.nodes[node].shape, options_.slots, kNone, net_.graph.nodes[node].name});
}

std::map<int, int> WindowPlan::original_residents() const {
  std::map<int, int> residents;
  for (std::size_t i = 0; i < original_nodes_.size(); ++i)
    residents[original_nodes_[i]] = options_.first_resident + int(i);
  return residents;
}

Program WindowPlan::original_program() const {
  return original_maps_program(net_.graph, net_.targets, original_residents(), options_.slots,
                               response_);
}

int WindowPlan::choose_cut(std::span<const double> pairs, double positions) const {
  if (response_ != Response::location) return steps();
  int best = 0;
  for (int cut = 1; cut <= steps(); ++cut)
    if (cost(cut, pairs, positions) < cost(best, pairs, positions)) best = cut;
  return best;
}

double WindowPlan::cost(int cut, std::span<const double> pairs, double positions) const {
  double sum = 0;
  for (int step = 0; step < cut; ++step) sum += positions * costs_.shared[step];
  for (std::size_t t = 0; t < pairs.size(); ++t) {
    if (net_.step_of[net_.targets[t]] < cut) continue;
    for (int step = cut; step < steps(); ++step) sum += pairs[t] * costs_.own[t][step];
    sum += pairs[t] * costs_.samples[t] * kSampleCost;
  }
  return sum;
}

double WindowPlan::share_of_full(int target) const {
  const OwnPart part = make_own_part(net_, net_.targets[target], 0, 0);
  const std::vector<double>& costs = costs_.own[target];
  const double positions = std::max(1.0, costs_.samples[target]);
  double full = 0, shared = 0, own = 0;
  for (int step : part.steps) {
    full +=
        macs_per_cell(net_, step) * double(net_.graph.nodes[net_.steps[step].result].shape.area());
    own += costs[step];
  }
  double least = own;
  for (int step : part.steps) {
    shared += positions * costs_.shared[step];
    own -= costs[step];
    least = std::min(least, shared + own);
  }
  return (least + positions * kSampleCost) / (positions * std::max(1.0, full));
}

double WindowPlan::shared_sample_cost(int cut) const {
  return std::accumulate(costs_.shared.begin(), costs_.shared.begin() + cut, kSampleCost);
}

double WindowPlan::own_sample_cost(int cut, int target) const {
  const std::vector<double>& own = costs_.own[target];
  return kSampleCost +
         std::accumulate(own.begin() + cut, own.end(), 0.0) / std::max(1.0, costs_.samples[target]);
}

SharedWindows WindowPlan::shared_windows(int cut) const {
  SharedWindows shared;
  shared.part = shared_part(net_, cut);
  shared.frontier = frontier_of(net_, cut);
  const std::vector<int> nodes = results_of(net_, shared.part.steps);
  const std::vector<double> weight = cell_costs(net_, shared.part, nodes);
  const WindowPrices prices{weight, kSampleCost, options_.ragged};
  shared.y = make_axis_windows(net_, grid_, Axis::y, -1, nodes, prices);
  shared.x = make_axis_windows(net_, grid_, Axis::x, -1, nodes, prices);
  return shared;
}

OwnWindows WindowPlan::own_windows(int cut, int target) const {
  OwnWindows own;
  const int node = net_.targets[target];
  const int selected = selected_step(net_, node, cut);
  int groups = 1;
  if (selected >= 0)
    groups = std::get<Conv>(net_.graph.nodes[net_.steps[selected].operation].op).groups;
  for (int group = 0; group < groups; ++group)
    own.parts.push_back(make_own_part(net_, node, cut, group));
  own.channels_per_group = net_.graph.nodes[node].shape.c / groups;
  const std::vector<int> nodes = results_of(net_, own.parts.front().steps);
  const std::vector<double> weight = cell_costs(net_, own.parts.front(), nodes);
  const WindowPrices prices{weight, kSampleCost, options_.ragged};
  own.y = make_axis_windows(net_, grid_, Axis::y, node, nodes, prices);
  own.x = make_axis_windows(net_, grid_, Axis::x, node, nodes, prices);
  return own;
}

std::vector<Value> WindowPlan::frontier_values(const SharedWindows& shared, int class_y,
                                               int class_x, int batch) const {
  const WindowSizes sizes{&shared.y, &shared.x, class_y, class_x};
  std::vector<Value> values;
  for (int node : shared.frontier) {
    const Size size = sizes.size(sizes.index(node));
    values.push_back({{net_.graph.nodes[node].shape.c, size.h, size.w},
                      batch,
                      kNone,
                      net_.graph.nodes[node].name});
  }
  return values;
}

Program WindowPlan::shared_program(const SharedWindows& shared, const SharedProgram& which,
                                   const std::vector<Value>& residents) {
  WindowProgramSpec spec;
  spec.net = &net_;
  spec.part = &shared.part;
  spec.windows = {&shared.y, &shared.x, which.class_y, which.class_x};
  spec.original_residents = original_residents();
  for (std::size_t i = 0; i < shared.frontier.size(); ++i)
    spec.kept[shared.frontier[i]] = which.first_frontier + int(i);
  for (int target : which.reads) spec.reads.push_back(net_.targets[target]);
  spec.response = response_;
  spec.residents = &residents;
  spec.batch = which.batch;
  Program program = window_program(spec, slices_);
  program.name = "shared windows";
  return program;
}

Program WindowPlan::own_program(const OwnWindows& own, const OwnProgram& which,
                                const std::vector<Value>& residents) {
  WindowProgramSpec spec;
  spec.net = &net_;
  spec.part = &own.parts[which.group];
  spec.windows = {&own.y, &own.x, which.class_y, which.class_x};
  spec.original_residents = original_residents();
  if (which.shared) {
    spec.frontier = {&which.shared->y, &which.shared->x, which.frontier.class_y,
                     which.frontier.class_x};
    for (std::size_t i = 0; i < which.shared->frontier.size(); ++i)
      spec.frontier_residents[which.shared->frontier[i]] = which.frontier.first_frontier + int(i);
  }
  spec.reads = {net_.targets[which.target]};
  spec.residents = &residents;
  spec.batch = which.batch;
  Program program = window_program(spec, slices_);
  program.name = "own windows";
  return program;
}

std::size_t WindowPlan::sample_bytes() {
  const SharedWindows shared = shared_windows(steps());
  std::vector<Value> residents(std::size_t(options_.first_resident));
  residents.insert(residents.end(), originals_.begin(), originals_.end());
  const int last_y = int(shared.y.classes.size()) - 1, last_x = int(shared.x.classes.size()) - 1;
  if (last_y < 0 || last_x < 0) return 0;
  return scratch_bytes(shared_program(shared, {last_y, last_x, 1, 0, {}}, residents));
}

}  // namespace rfmap::plan
