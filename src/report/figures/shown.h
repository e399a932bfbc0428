#pragma once

#include <string>
#include <vector>

#include "report/figures/figures.h"

/// Parts that figures of a results file share.
namespace rfmap::figures {

/// A measured unit to be shown, with as many of its images as are asked for.
struct ShownUnit {
  const LayerRecord* layer = nullptr;
  int layer_index = 0, unit = 0, images = 0;
  UnitRecord record;
  report::CountedMean map;
  Size canvas() const { return {layer->canvas.height, layer->canvas.width}; }
};

/// Throws ConfigError where there is none, or where a listed channel was not measured.
std::vector<ShownUnit> pick_units(const ResultsReader& results, const Selection& selection);

/// Those of `selection`, or else the first ones. Throws ConfigError where `name` has no such one.
std::vector<int> pick_channels(const Selection& selection, const std::string& name, int channels);

bool matches_layer(const std::string& name, const std::vector<std::string>& patterns);

/// Throws DataError if it cannot be read.
Crop require_image(const report::ResultImages& images, int image);

report::Raster require_raster(const report::ResultImages& images, int image);

/// "conv3, unit 12" with its size and the theoretical one.
report::TileGroup unit_group(const ShownUnit& unit);
/// Occluder, step, fill, rule: how the shown values were measured.
std::string measured_how(const ResultsReader& results);

}  // namespace rfmap::figures
