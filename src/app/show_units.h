#pragma once

#include <string>
#include <vector>

#include "app/show_settings.h"

namespace rfmap::app {

/// A measured unit to be shown.
struct ShownUnit {
  const LayerRecord* layer = nullptr;
  int layer_index = 0, unit = 0;
  UnitRecord record;
  CountedMean map;
};

/// Those of --layers and --unit, or else the first --units of each layer that an image drives.
/// Throws ConfigError where there is none, or where a channel of --unit was not measured.
std::vector<ShownUnit> pick_units(const ResultsReader& results, const ShowSettings& s);

/// Images of the results as the network saw them, where they are now.
class ResultImages {
 public:
  ResultImages(const ResultsReader& results, const ShowSettings& s);
  Crop crop(int image) const;
  Raster raster(int image) const;
  std::string name(int image) const;
  const Recorded& recorded() const { return recorded_; }

 private:
  const std::vector<ImageRef>& images_;
  Relocation relocation_;
  Recorded recorded_;
};

/// "conv3, unit 12" with its size and the theoretical one.
TileGroup unit_group(const ShownUnit& unit);
/// Occluder, step, fill, rule: how the shown values came about.
std::string measured_how(const ResultsReader& results);

}  // namespace rfmap::app
