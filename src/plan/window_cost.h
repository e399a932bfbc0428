#pragma once

#include <map>
#include <span>
#include <vector>

#include "rfmap/occlusion.h"
#include "rfmap/program.h"

#include "plan/window_net.h"

namespace rfmap {

struct WindowCosts;

/// Cost of a copied value and of a sample, in multiply-adds: estimates that serve only to compare
/// plans.
inline constexpr double kCopyCost = 8;
inline constexpr double kSampleCost = 30000;

/// Mean work of every step, shared and own (window_plan.h).
WindowCosts window_costs(const WindowNet& net, const Grid& grid);

/// Work of one output cell of each of `nodes` (results of a part's steps), with its copies and the
/// channels that the part needs.
std::vector<double> cell_costs(const WindowNet& net, const OwnPart& part,
                               const std::vector<int>& nodes);

/// The forward pass of images, one a slot, that writes the maps of `residents` (node -> resident;
/// node 0: the images) and reads the net's targets.
Program original_maps_program(const WindowNet& net, const std::map<int, int>& residents, int slots,
                              Response response);

}  // namespace rfmap
