#pragma once

#include "rfmap/results.h"

#include "results/h5/h5.h"

/// Attributes of a run's records, as they are written and read back.
namespace rfmap::results {

Attributes layer_attributes(const LayerRecord& layer);
/// With its units and the size of its maps. Throws h5::Failure.
LayerRecord read_layer(hid_t group);
/// Size and grid of the occluder, and how many channels its patches have. Throws h5::Failure.
void read_occluder(hid_t root, RunRecord& run);

}  // namespace rfmap::results
