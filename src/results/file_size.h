#pragma once

#include <vector>

#include "rfmap/results.h"

/// Sizes of files before compression, from their declared datasets.
namespace rfmap::results {

/// Bytes of one layer's datasets; with the gradients and change maps that the run holds.
double layer_bytes(const LayerRecord& layer, const RunRecord& run);
/// Bytes of the list of images.
double image_list_bytes(const ImageList& images);
/// Bytes of a part with `pairs` maps of `values` numbers each.
double part_bytes(double pairs, double values);
/// Bytes of a part of the scan: `images`, and `peaks` over all units.
double scan_part_bytes(double images, double peaks);

}  // namespace rfmap::results
