#include <fmt/format.h>

#include "plan/windows/plan.h"

namespace rfmap::plan {
namespace {

std::string size_text(const MeanSize& size) {
  return fmt::format("{:.1f} x {:.1f}", size.h, size.w);
}

/// The name of the operation, not of the activation that is fused with it.
const std::string& name_of(const WindowNet& net, int step) {
  return net.graph.nodes[net.steps[step].operation].name;
}

}  // namespace

std::vector<std::string> WindowPlan::describe(std::span<const double> pairs,
                                              double positions) const {
  const int cut = choose_cut(pairs, positions);
  std::vector<std::string> lines;
  for (int step = 0; step < steps(); ++step) {
    if (net_.constant[net_.steps[step].result]) continue;
    const Node& node = net_.graph.nodes[net_.steps[step].result];
    const double full = positions * macs_per_cell(net_, step) * double(node.shape.area());
    std::string line = fmt::format("  {} ({} x {} x {}): ", name_of(net_, step), node.shape.c,
                                   node.shape.h, node.shape.w);
    double work = 0;
    if (step < cut) {
      work = positions * costs_.shared[step];
      line += "shared, window " + size_text(costs_.shared_size[step]);
    } else {
      std::string sizes;
      for (std::size_t t = 0; t < pairs.size(); ++t) {
        if (pairs[t] == 0 || costs_.own[t][step] == 0) continue;
        work += pairs[t] * costs_.own[t][step];
        sizes += (sizes.empty() ? "" : ", ") + name_of(net_, net_.step_of[net_.targets[t]]) + " " +
                 size_text(costs_.own_size[t][step]);
      }
      line += sizes.empty() ? "not needed" : "own, window for " + sizes;
    }
    lines.push_back(line + fmt::format("; {:.3g} of {:.3g} GMAC", work / 1e9, full / 1e9));
  }
  lines.push_back(fmt::format("  all: {:.3g} GMAC with copies, full passes {:.3g} ({:.1f} times)",
                              cost(cut, pairs, positions) / 1e9, positions * costs_.full / 1e9,
                              positions * costs_.full / cost(cut, pairs, positions)));
  return lines;
}

}  // namespace rfmap::plan
