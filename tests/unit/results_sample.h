#pragma once

#include <string>

#include "rfmap/results.h"

#include "temporary_folder.h"

/// A small, consistent results file of drawn numbers: sizes are those of the stored maps.
namespace rfmap::sample {

/// Three layers, two of whose names clash as group names; 7 images, of which the last is skipped;
/// 31 x 29 input, 5 x 3 occluder, so that no two axes can be mistaken for each other.
RunRecord run();
/// Layer 0: units 0, 2, 5, of which no image activates unit 2 (index 1); bottom K differs from top
/// K in layer 1 and is absent in layer 0.
LayerRecord layer(int index);
/// Unit by index within its layer. With maps of `run().grid`.
UnitRecord unit(int layer, int index, Ranking ranking);

/// Writes all of it.
void write(const std::string& path, bool keep_maps);

}  // namespace rfmap::sample
