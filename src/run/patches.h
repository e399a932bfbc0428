#pragma once

#include <vector>

#include "run/run.h"

namespace rfmap::run {

/// True when the patches depend on the image (image-mean, blur).
bool fill_depends_on_image(Fill fill);

/// Patches in network values, [patches, C, occluder.h, occluder.w]. `crop` is read only where the
/// fill depends on the image.
std::vector<float> patch_values(const Run& run, const Crop* crop);

/// All noise patches as bytes, [position, channel, y, x], channels in the network's order.
std::vector<std::uint8_t> noise_patches(const Run& run);

/// Index of the patch that the occluder at a grid position uses.
int patch_index(Fill fill, int position);

}  // namespace rfmap::run
