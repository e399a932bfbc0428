#include "report/figures/shown.h"

#include <algorithm>
#include <cmath>

#include <fmt/format.h>

#include "rfmap/error.h"

#include "core/names.h"

namespace rfmap::figures {
using namespace report;
namespace {

ShownUnit read_unit(const ResultsReader& results, int layer, int index, Border border) {
  const LayerRecord& l = results.layers()[std::size_t(layer)];
  ShownUnit shown{
      &l, layer, l.units[std::size_t(index)], results.unit(layer, index, Ranking::top), {}};
  shown.map = counted_mean(shown.record, border);
  return shown;
}

int index_of_unit(const LayerRecord& layer, int unit) {
  const auto at = std::find(layer.units.begin(), layer.units.end(), unit);
  if (at == layer.units.end())
    throw ConfigError(
        fmt::format("--unit {}: {} has no such unit in the results; it has {} from "
                    "{} to {}",
                    unit, layer.name, layer.units.size(), layer.units.front(), layer.units.back()));
  return int(at - layer.units.begin());
}

void add_listed(const ResultsReader& results, int layer, const std::vector<int>& units,
                Border border, std::vector<ShownUnit>& shown) {
  const LayerRecord& l = results.layers()[std::size_t(layer)];
  for (const int unit : units)
    shown.push_back(read_unit(results, layer, index_of_unit(l, unit), border));
}

void add_first(const ResultsReader& results, int layer, int count, Border border,
               std::vector<ShownUnit>& shown) {
  const int units = int(results.layers()[std::size_t(layer)].units.size());
  for (int i = 0; i < units && count > 0; ++i) {
    ShownUnit unit = read_unit(results, layer, i, border);
    if (unit.record.peaks.empty()) continue;
    shown.push_back(std::move(unit));
    --count;
  }
}

}  // namespace

std::vector<ShownUnit> pick_units(const ResultsReader& results, const Selection& selection) {
  const Border border = recorded(results.run()).method.rules.border;
  std::vector<ShownUnit> shown;
  for (int l = 0; l < int(results.layers().size()); ++l) {
    if (!matches_layer(results.layers()[std::size_t(l)].name, selection.layers)) continue;
    if (selection.units.empty())
      add_first(results, l, selection.count, border, shown);
    else
      add_listed(results, l, selection.units, border, shown);
  }
  std::erase_if(shown, [](const ShownUnit& u) { return u.record.peaks.empty(); });
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
  return patterns.empty() || std::any_of(patterns.begin(), patterns.end(),
                                         [&](const auto& p) { return glob_match(p, name); });
}

ResultImages::ResultImages(const ResultsReader& results, const std::string& images_root)
    : images_(results.run().images),
      relocation_(images_, images_root),
      recorded_(report::recorded(results.run())) {}

Crop ResultImages::crop(int image) const {
  const LoadedImage loaded = load_image(relocation_(images_.at(std::size_t(image))),
                                        recorded_.preprocessing, recorded_.channels);
  if (loaded.problem.empty()) return loaded.crop;
  throw DataError(loaded.problem + "; --images-root names the folder where the images are now");
}

Raster ResultImages::raster(int image) const {
  return raster_of(crop(image), recorded_.preprocessing.order);
}

std::string ResultImages::name(int image) const {
  return short_name(images_.at(std::size_t(image)));
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
