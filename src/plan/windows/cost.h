#pragma once

#include <vector>

#include "rfmap/occlusion.h"

#include "plan/windows/net.h"

namespace rfmap::plan {

struct WindowCosts;

/// Cost of a copied value and of a sample, in multiply-adds: estimates that serve only to compare
/// plans.
inline constexpr double kCopyCost = 8;
inline constexpr double kSampleCost = 30000;

/// Mean work of every step, shared and own (plan.h).
WindowCosts window_costs(const WindowNet& net, const Grid& grid);

/// Work of one output cell of each of `nodes` (results of a part's steps), with its copies and the
/// channels that the part needs.
std::vector<double> cell_costs(const WindowNet& net, const OwnPart& part,
                               const std::vector<int>& nodes);

}  // namespace rfmap::plan
