#include <algorithm>
#include <cmath>

#include <fmt/format.h>

#include "rfmap/error.h"

#include "report/figures/field.h"
#include "report/figures/shown.h"

namespace rfmap::figures {
using namespace report;
namespace {

void require_maps(const ResultsReader& results) {
  if (!results.keeps_maps())
    throw ConfigError(
        "the results hold no discrepancy maps of single images, which this figure shows; rfmap "
        "estimate --keep-maps stores them");
}

TilePicture mean_tile(const ShownUnit& unit, const AggregateRules& rules) {
  return field_tile(field_figure(unit.map, unit.record.field.mean, unit.layer->canvas, rules),
                    unit.layer->field);
}

/// The same with the unit's name and size below.
TilePicture named_tile(const ShownUnit& unit, const AggregateRules& rules) {
  TilePicture tile = mean_tile(unit, rules);
  const double size = unit.record.field.size;
  tile.label = fmt::format("unit {}", unit.unit);
  tile.note = std::isfinite(size) ? fmt::format("{:.1f} px", size) : "none";
  return tile;
}

/// An image's map read at the pixels of a canvas about `centre`: aggregation of that map alone.
std::vector<float> map_alone(const ShownUnit& unit, const Grid& grid, int rank,
                             const Centre& centre, const Canvas& canvas, AggregateRules rules) {
  rules.resamples = 0;
  const std::size_t positions = grid.positions();
  const ChangeMap map{std::span(unit.record.change).subspan(rank * positions, positions), centre};
  return aggregate_unit({&map, 1}, grid, canvas, rules, {}).mean;
}

/// The map at the pixels of the image: a canvas as large as the image about its middle.
std::vector<float> at_image_pixels(const ShownUnit& unit, const Grid& grid, int rank) {
  AggregateRules rules;
  rules.discrepancy = Discrepancy::signed_change;
  return map_alone(unit, grid, rank, {(grid.input.h - 1) / 2.0, (grid.input.w - 1) / 2.0},
                   {grid.input.h, grid.input.w}, rules);
}

/// What all sheets of maps say below.
void explain(TileSheet& sheet, const ResultsReader& results, const AggregateRules& rules,
             const std::string& what) {
  sheet.bar = map_bar(colours_of(rules), " (units of the response)");
  sheet.caption = {fmt::format("{} Orange: {:.3g} of the mean's peak; dashed: theoretical field; "
                               "hatched: not reached.",
                               what, rules.size_cut),
                   measured_how(results)};
}

TilePicture rank_tile(const ShownUnit& unit, const Grid& grid, int rank,
                      const AggregateRules& rules) {
  const Centre centre = field_centre(unit.layer->field, unit.record.peaks[rank].location);
  std::vector<float> values = map_alone(unit, grid, rank, centre, unit.layer->canvas, rules);
  const float most = largest_of(values);
  ColouredMap map{unit.canvas(), std::move(values), most, colours_of(rules)};
  const Mark theory = theory_mark(unit.layer->field, map);
  return {fmt::format("{}: peak {:.3g}", rank + 1, most),
          fmt::format("{:.0f} px", unit.record.field.rank_size[rank]),
          std::move(map),
          {theory}};
}

int crop_side(const ShownUnit& unit, CropTo crop_to, Size input) {
  const auto& [y, x, global] = unit.layer->field;
  const double size = unit.record.field.size;
  return crop_to == CropTo::measured && std::isfinite(size)
             ? std::max(3, int(std::ceil(size)))
             : std::min(int(std::ceil(std::max(y.size(), x.size()))), 2 * input.w);
}

}  // namespace

TileSheet fields_sheet(const ResultsReader& results, const Selection& selection) {
  const AggregateRules rules = recorded(results.run()).method.rules;
  TileSheet sheet;
  const LayerRecord* layer = nullptr;
  for (const ShownUnit& unit : pick_units(results, selection)) {
    if (unit.layer != layer) {
      layer = unit.layer;
      sheet.groups.push_back({layer->name,
                              fmt::format("theoretical {:.4g} x {:.4g} px", layer->field.y.size(),
                                          layer->field.x.size()),
                              {},
                              true});
    }
    sheet.groups.back().tiles.push_back(named_tile(unit, rules));
  }
  sheet.columns = 8;
  sheet.side = 144;
  explain(sheet, results, rules, "Mean receptive fields. Below each: unit, measured size.");
  return sheet;
}

TileSheet compare_sheet(const ResultsReader& results, const Selection& selection) {
  const AggregateRules rules = recorded(results.run()).method.rules;
  TileSheet sheet;
  TileGroup& group = sheet.groups.emplace_back();
  group.title = "Mean receptive fields at one scale";
  group.scale = true;
  for (const ShownUnit& unit : pick_units(results, selection)) {
    group.tiles.push_back(named_tile(unit, rules));
    group.tiles.back().label = fmt::format("{} {}", unit.layer->name, unit.unit);
  }
  group.note =
      fmt::format("{} units; equal lengths are equal numbers of input pixels", group.tiles.size());
  sheet.side = 200;
  explain(sheet, results, rules, "Below each: layer, unit, measured size.");
  return sheet;
}

TileSheet maps_sheet(const ResultsReader& results, const Selection& selection) {
  require_maps(results);
  const AggregateRules rules = recorded(results.run()).method.rules;
  TileSheet sheet;
  for (const ShownUnit& unit : pick_units(results, selection)) {
    TileGroup group = unit_group(unit);
    group.tiles.push_back(mean_tile(unit, rules));
    group.tiles.back().label = fmt::format("mean of {}", unit.record.peaks.size());
    for (int r = 0; r < unit.images; ++r)
      group.tiles.push_back(rank_tile(unit, results.run().grid, r, rules));
    sheet.groups.push_back(std::move(group));
  }
  explain(sheet, results, rules,
          fmt::format("Recentred discrepancy maps ({}) of the images that activate the unit most, "
                      "and their mean; below each its peak and the size it reads.",
                      recorded_text(results.run().attributes, "discrepancy", "drop")));
  return sheet;
}

TileSheet overlay_sheet(const ResultsReader& results, const Selection& selection) {
  require_maps(results);
  const ResultImages images(results.run(), selection.images_root);
  const Grid& grid = results.run().grid;
  TileSheet sheet;
  for (const ShownUnit& unit : pick_units(results, selection)) {
    TileGroup group = unit_group(unit);
    for (int r = 0; r < unit.images; ++r) {
      const Peak& peak = unit.record.peaks[r];
      const std::vector<float> map = at_image_pixels(unit, grid, r);
      const double most = largest_of(map);
      group.tiles.push_back(
          {fmt::format("{} {}", r + 1, short_name(images.at(peak.image))),
           fmt::format("of {:.3g}: {:.3g}", peak.activation, most),
           overlaid(require_raster(images, peak.image), map, most),
           {box_mark(field_box(unit.layer->field, peak.location), {40, 40, 40})}});
    }
    sheet.groups.push_back(std::move(group));
  }
  sheet.side = 220;
  sheet.bar = ColourBar{"rises", "no change", "falls by the largest change of that map",
                        Colours::diverging};
  sheet.caption = {
      "Signed change of the unit's response (original - occluded) with the occluder's "
      "centre there, over the image as the network saw it. Below each: rank, image, "
      "the response and the largest change. Box: theoretical field of the neuron.",
      measured_how(results)};
  return sheet;
}

TileSheet crops_sheet(const ResultsReader& results, const Selection& selection, CropTo crop_to) {
  const ResultImages images(results.run(), selection.images_root);
  TileSheet sheet;
  for (const ShownUnit& unit : pick_units(results, selection)) {
    TileGroup group = unit_group(unit);
    const int side = crop_side(unit, crop_to, results.run().grid.input);
    for (int r = 0; r < unit.images; ++r) {
      const Peak& peak = unit.record.peaks[r];
      const Centre c = field_centre(unit.layer->field, peak.location);
      const int y0 = int(std::lround(c.y + 0.5 - side / 2.0)),
                x0 = int(std::lround(c.x + 0.5 - side / 2.0));
      group.tiles.push_back(
          {fmt::format("{} {}", r + 1, short_name(images.at(peak.image))),
           fmt::format("{:.4g}", peak.activation),
           cropped(require_raster(images, peak.image), {y0, x0, y0 + side, x0 + side})});
    }
    group.note += fmt::format("; crops of {0} x {0} px", side);
    sheet.groups.push_back(std::move(group));
  }
  sheet.caption = {
      fmt::format("The images that activate the unit most, cropped about the centre of "
                  "the neuron that responds: the {} size of its field. Below each: "
                  "rank, image, response. Hatched: beyond the image.",
                  crop_to == CropTo::measured ? "measured" : "theoretical"),
      measured_how(results)};
  return sheet;
}

}  // namespace rfmap::figures
