#pragma once

#include <string>

#include "report/pages.h"

/// The parts of a unit's page, each as HTML.
namespace rfmap::report {

/// A side of a unit, and what it belongs to.
struct SideView {
  const Source& source;
  const LayerRecord& layer;
  int unit = 0;
  const UnitSide& side;
};

/// Sizes of the side's mean map with their interval, its Gaussian, and the numbers to compare them
/// with.
std::string sizes_table(const SideView& view);

/// Lines that all pictures of a side share, about (0, 0) = the centre of the neuron's field:
/// fields' outlines, and the area outside the measured one.
std::string shared_shapes(const SideView& view);
/// Ids of these two, with their "#".
std::string lines_id(const UnitSide& side);
std::string outside_id(const UnitSide& side);

/// The mean map with its lines and colour bar and, if it was measured, the gradient's.
std::string field_figures(const SideView& view);

/// The list of images, each seen in three or four ways.
std::string shots_list(const SideView& view);

}  // namespace rfmap::report
