#include <algorithm>
#include <cmath>

#include <fmt/format.h>

#include "report/figures/forward.h"
#include "report/figures/shown.h"

namespace rfmap::figures {
using namespace report;
namespace {

/// Marks the pixels where the field, its centre at `centre`, is at least `level`.
void add_field(const ShownUnit& unit, const Centre& centre, double level, Size input,
               std::vector<std::uint8_t>& mask) {
  const Canvas& c = unit.layer->canvas;
  const int top = int(std::lround(centre.y - (c.height - 1) / 2.0));
  const int left = int(std::lround(centre.x - (c.width - 1) / 2.0));
  for (int i = std::max(0, -top); i < c.height && top + i < input.h; ++i)
    for (int j = std::max(0, -left); j < c.width && left + j < input.w; ++j)
      if (unit.map.values[std::size_t(i) * c.width + j] >= level)
        mask[std::size_t(top + i) * input.w + left + j] = 1;
}

/// Places of the map where the response is at least `threshold` of its maximum.
std::vector<Point> strong_places(const LayerMap& map, int channel, double threshold) {
  const auto values = map.channel(channel);
  const float most = *std::max_element(values.begin(), values.end());
  std::vector<Point> places;
  for (int i = 0; i < int(values.size()) && most > 0; ++i)
    if (values[i] >= threshold * most) places.push_back({i / map.shape.w, i % map.shape.w});
  return places;
}

/// The network that tells where else units respond.
Forward layers_of(const Model& model, const ResultsReader& results, const Preprocessing& p) {
  const bool before = recorded_text(results.run().attributes, "before-activation") == "1";
  std::vector<int> nodes;
  for (const LayerRecord& layer : results.layers())
    nodes.push_back(select_layers(model, {layer.name}, read_at(before)).front().node);
  return make_forward(model.graph, nodes, p);
}

TilePicture segment_tile(const ResultImages& images, const ShownUnit& unit, int rank,
                         const std::vector<Point>& places) {
  const Peak& peak = unit.record.peaks[rank];
  const Recorded& r = images.recorded();
  const Size input = r.preprocessing.crop;
  std::vector<std::uint8_t> mask(std::size_t(input.h) * input.w, 0);
  for (const Point& place : places)
    add_field(unit, field_centre(unit.layer->field, place), r.method.rules.size_cut * unit.map.peak,
              input, mask);
  return {fmt::format("{} {}", rank + 1, short_name(images.at(peak.image))),
          fmt::format("{:.4g}", peak.activation),
          darkened(require_raster(images, peak.image), mask)};
}

}  // namespace

TileSheet segment_sheet(const ResultsReader& results, const Selection& selection,
                        const Model* model, double threshold) {
  const ResultImages images(results.run(), selection.images_root);
  Forward forward;
  if (model) forward = layers_of(*model, results, images.recorded().preprocessing);
  TileSheet sheet;
  for (const ShownUnit& unit : pick_units(results, selection)) {
    if (unit.map.peak <= 0) continue;
    TileGroup group = unit_group(unit);
    for (int r = 0; r < unit.images; ++r) {
      const Peak& peak = unit.record.peaks[r];
      std::vector<Point> places{peak.location};
      if (forward)
        places = strong_places(forward(require_image(images, peak.image))[unit.layer_index],
                               unit.unit, threshold);
      group.tiles.push_back(segment_tile(images, unit, r, places));
    }
    sheet.groups.push_back(std::move(group));
  }
  sheet.side = 200;
  sheet.caption = {
      fmt::format(
          "Images segmented by the unit's measured field (its mean map at {:.3g} of its "
          "peak), laid {}; the rest is darkened. Below each: rank, image, response.",
          images.recorded().method.rules.size_cut,
          forward ? fmt::format("wherever the unit responds with at least {:.3g} of its maximum "
                                "in that image",
                                threshold)
                  : "where the unit responds most (with --model: wherever it responds strongly)"),
      measured_how(results)};
  return sheet;
}

}  // namespace rfmap::figures
