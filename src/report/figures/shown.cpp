#include "report/figures/shown.h"

#include <algorithm>
#include <cmath>

#include <fmt/format.h>

#include "rfmap/error.h"

#include "core/names.h"

namespace rfmap::figures {
using namespace report;
namespace {

int index_of_unit(const LayerRecord& layer, int unit) {
  const auto at = std::ranges::find(layer.units, unit);
  if (at == layer.units.end())
    throw ConfigError(
        fmt::format("--unit {}: {} has no such unit in the results; it has {} from "
                    "{} to {}",
                    unit, layer.name, layer.units.size(), layer.units.front(), layer.units.back()));
  return int(at - layer.units.begin());
}

/// Those of the layer that respond to an image: the listed ones, or else the first ones.
void add_units(const ResultsReader& results, int layer, const Selection& selection, Border border,
               std::vector<ShownUnit>& shown) {
  const LayerRecord& l = results.layers()[layer];
  const bool listed = !selection.units.empty();
  const std::size_t most = shown.size() + (listed ? selection.units.size() : selection.count);
  for (const int unit : listed ? selection.units : l.units) {
    if (shown.size() == most) return;
    UnitRecord record = results.unit(layer, index_of_unit(l, unit), Ranking::top);
    if (record.peaks.empty()) continue;
    const int images = std::min(selection.top, int(record.peaks.size()));
    CountedMean map = counted_mean(record, border);
    shown.push_back({&l, layer, unit, images, std::move(record), std::move(map)});
  }
}

}  // namespace

std::vector<ShownUnit> pick_units(const ResultsReader& results, const Selection& selection) {
  const Border border = recorded(results.run()).method.rules.border;
  std::vector<ShownUnit> shown;
  for (int l = 0; l < int(results.layers().size()); ++l) {
    const LayerRecord& layer = results.layers()[l];
    if (matches_layer(layer.name, selection.layers) ||
        (!layer.node_name.empty() && matches_layer(layer.node_name, selection.layers)))
      add_units(results, l, selection, border, shown);
  }
  if (shown.empty())
    throw ConfigError(
        "no unit of the results that responds to an image matches --layers and --unit; rfmap "
        "summary lists the layers");
  return shown;
}

std::vector<int> pick_channels(const Selection& selection, const std::string& name, int channels) {
  std::vector<int> picked = selection.units;
  if (picked.empty())
    for (int c = 0; c < std::min(selection.count, channels); ++c) picked.push_back(c);
  for (const int c : picked)
    if (c >= channels)
      throw ConfigError(
          fmt::format("--unit {}: {} has {} channels, counted from 0", c, name, channels));
  return picked;
}

bool matches_layer(const std::string& name, const std::vector<std::string>& patterns) {
  return patterns.empty() ||
         std::ranges::any_of(patterns, [&](const auto& p) { return core::glob_match(p, name); });
}

Crop require_image(const ResultImages& images, int image) {
  const LoadedImage loaded = images.load(image);
  if (loaded.problem.empty()) return loaded.crop;
  throw DataError(loaded.problem + "; --images-root names the folder where the images are now");
}

Raster require_raster(const ResultImages& images, int image) {
  return raster_of(require_image(images, image), images.recorded().preprocessing.order);
}

TileGroup unit_group(const ShownUnit& unit) {
  TileGroup group;
  group.title = fmt::format("{}, unit {}", unit.layer->name, unit.unit);
  const double size = unit.record.field.size;
  group.note =
      fmt::format("measured {} of {:.4g} px in theory",
                  std::isfinite(size) ? fmt::format("{:.1f}", size) : std::string("no size"),
                  unit.layer->field.x.size());
  return group;
}

std::string measured_how(const ResultsReader& results) {
  const RunRecord& run = results.run();
  const auto text = [&](const char* name) { return recorded_text(run.attributes, name, "?"); };
  return fmt::format("Occluder {} x {} px, step {} x {}, fill {}; response {}; K = {}, {} images.",
                     run.occluder.h, run.occluder.w, run.grid.stride.h, run.grid.stride.w,
                     text("fill"), text("response"), text("top-k"), run.images.size());
}

}  // namespace rfmap::figures
