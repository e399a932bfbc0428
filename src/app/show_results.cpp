#include <algorithm>
#include <cmath>

#include <fmt/format.h>

#include "rfmap/error.h"

#include "app/show_units.h"

namespace rfmap::app {
namespace {

constexpr std::array<std::uint8_t, 3> kOrange{60, 122, 255}, kWhite{255, 255, 255};

void require_maps(const ResultsReader& results, const ShowSettings& s) {
  if (!results.keeps_maps())
    throw ConfigError("--what " + show_kind_name(s.what) + ": " + s.results +
                      " holds no single discrepancy maps; rfmap estimate --keep-maps stores them");
}

int shown_ranks(const ShownUnit& unit, const ShowSettings& s) {
  return std::min(s.top, int(unit.record.peaks.size()));
}

std::span<const float> change_of(const ShownUnit& unit, const Grid& grid, int rank) {
  const std::size_t positions = std::size_t(grid.positions());
  return std::span(unit.record.change).subspan(std::size_t(rank) * positions, positions);
}

Size canvas_of(const ShownUnit& unit) {
  return {unit.layer->canvas.height, unit.layer->canvas.width};
}

/// The theoretical field's box in the middle of the canvas.
Mark theory_mark(const ShownUnit& unit) {
  const double h = unit.layer->field.y.size(), w = unit.layer->field.x.size();
  const double y = unit.layer->canvas.height / 2.0, x = unit.layer->canvas.width / 2.0;
  return {{{x - w / 2, y - h / 2},
           {x + w / 2, y - h / 2},
           {x + w / 2, y + h / 2},
           {x - w / 2, y + h / 2}},
          kWhite,
          true,
          ""};
}

TilePicture mean_tile(const ShownUnit& unit, const AggregateRules& rules,
                      const std::string& label) {
  const Size size = canvas_of(unit);
  TilePicture tile{label, "", coloured(unit.record.field.mean, size, 0, unit.map.peak), {}};
  if (unit.map.peak > 0)
    tile.marks = cut_marks(unit.map.values, size, rules.size_cut * unit.map.peak, {0, 0}, kOrange);
  tile.marks.push_back(theory_mark(unit));
  return tile;
}

float largest_of(std::span<const float> values) {
  float most = 0;
  for (const float v : values)
    if (!std::isnan(v)) most = std::max(most, std::fabs(v));
  return most;
}

/// One map read at the pixels of the canvas by the run's own rules: aggregation of that map alone.
std::vector<float> recentred(const ShownUnit& unit, const Grid& grid, int rank,
                             AggregateRules rules) {
  rules.resamples = 0;
  const Peak& peak = unit.record.peaks[std::size_t(rank)];
  const ChangeMap map{change_of(unit, grid, rank), field_centre(unit.layer->field, peak.location)};
  return aggregate_unit({&map, 1}, grid, unit.layer->canvas, rules, unit.unit).mean;
}

/// The map at the pixels of the image: a canvas as large as the image about its middle.
std::vector<float> at_image_pixels(const ShownUnit& unit, const Grid& grid, int rank) {
  AggregateRules rules;
  rules.resamples = 0;
  rules.discrepancy = Discrepancy::signed_change;
  const ChangeMap map{change_of(unit, grid, rank),
                      {(grid.input.h - 1) / 2.0, (grid.input.w - 1) / 2.0}};
  return aggregate_unit({&map, 1}, grid, {grid.input.h, grid.input.w}, rules, unit.unit).mean;
}

ColourBar peak_bar() { return {"0", "", "peak of each map (units of the response)", false}; }

}  // namespace

TileSheet show_maps(const ResultsReader& results, const ShowSettings& s) {
  require_maps(results, s);
  const AggregateRules rules = recorded(results.run()).method.rules;
  const Grid& grid = results.run().grid;
  const bool negative = rules.discrepancy == Discrepancy::signed_change;
  TileSheet sheet;
  for (const ShownUnit& unit : pick_units(results, s)) {
    TileGroup group = unit_group(unit);
    group.tiles.push_back(
        mean_tile(unit, rules, fmt::format("mean of {}", unit.record.peaks.size())));
    for (int r = 0; r < shown_ranks(unit, s); ++r) {
      const std::vector<float> map = recentred(unit, grid, r, rules);
      const double most = largest_of(map);
      group.tiles.push_back({fmt::format("{}: peak {:.3g}", r + 1, most),
                             fmt::format("{:.0f} px", unit.record.field.rank_size[std::size_t(r)]),
                             coloured(map, canvas_of(unit), negative ? -most : 0, most, negative),
                             {theory_mark(unit)}});
    }
    sheet.groups.push_back(std::move(group));
  }
  sheet.bar = peak_bar();
  if (negative) sheet.bar = ColourBar{"- peak", "0", "+ peak of each map", true};
  sheet.caption = {
      fmt::format("Recentred discrepancy maps ({}) of the images that activate the unit "
                  "most, and their mean; below each its peak and the size it reads. "
                  "Orange: {:.3g} of the mean's peak; white: theoretical field; "
                  "hatched: not reached.",
                  recorded_text(results.run().attributes, "discrepancy", "drop"), rules.size_cut),
      measured_how(results)};
  return sheet;
}

TileSheet show_overlay(const ResultsReader& results, const ShowSettings& s) {
  require_maps(results, s);
  const ResultImages images(results, s);
  const Grid& grid = results.run().grid;
  TileSheet sheet;
  for (const ShownUnit& unit : pick_units(results, s)) {
    TileGroup group = unit_group(unit);
    for (int r = 0; r < shown_ranks(unit, s); ++r) {
      const Peak& peak = unit.record.peaks[std::size_t(r)];
      const std::vector<float> map = at_image_pixels(unit, grid, r);
      const double most = largest_of(map);
      TilePicture tile{fmt::format("{} {}", r + 1, images.name(peak.image)),
                       fmt::format("of {:.3g}: {:.3g}", peak.activation, most),
                       overlaid(images.raster(peak.image), map, most),
                       {}};
      tile.marks.push_back(box_mark(field_box(unit.layer->field, peak.location), {40, 40, 40}));
      group.tiles.push_back(std::move(tile));
    }
    sheet.groups.push_back(std::move(group));
  }
  sheet.side = 220;
  sheet.bar = ColourBar{"rises", "no change", "falls by the largest change of that map", true};
  sheet.caption = {
      "Signed change of the unit's response (original - occluded) with the occluder's "
      "centre there, over the image as the network saw it. Below each: rank, image, "
      "the response and the largest change. Box: theoretical field of the neuron.",
      measured_how(results)};
  return sheet;
}

TileSheet show_crops(const ResultsReader& results, const ShowSettings& s) {
  const ResultImages images(results, s);
  TileSheet sheet;
  for (const ShownUnit& unit : pick_units(results, s)) {
    TileGroup group = unit_group(unit);
    const Size theory{int(std::ceil(unit.layer->field.y.size())),
                      int(std::ceil(unit.layer->field.x.size()))};
    const double size = unit.record.field.size;
    const int side = s.crop_to == CropTo::measured && std::isfinite(size)
                         ? std::max(3, int(std::ceil(size)))
                         : std::min(std::max(theory.h, theory.w), 2 * results.run().grid.input.w);
    for (int r = 0; r < shown_ranks(unit, s); ++r) {
      const Peak& peak = unit.record.peaks[std::size_t(r)];
      const Centre c = field_centre(unit.layer->field, peak.location);
      const int y0 = int(std::lround(c.y + 0.5 - side / 2.0)),
                x0 = int(std::lround(c.x + 0.5 - side / 2.0));
      group.tiles.push_back({fmt::format("{} {}", r + 1, images.name(peak.image)),
                             fmt::format("{:.4g}", peak.activation),
                             cropped(images.raster(peak.image), {y0, x0, y0 + side, x0 + side}),
                             {}});
    }
    group.note += fmt::format("; crops of {0} x {0} px", side);
    sheet.groups.push_back(std::move(group));
  }
  sheet.caption = {
      fmt::format("The images that activate the unit most, cropped about the centre of "
                  "the neuron that responds: the {} size of its field. Below each: "
                  "rank, image, response. Hatched: beyond the image.",
                  s.crop_to == CropTo::measured ? "measured" : "theoretical"),
      measured_how(results)};
  return sheet;
}

TileSheet show_compare(const ResultsReader& results, const ShowSettings& s) {
  const AggregateRules rules = recorded(results.run()).method.rules;
  TileSheet sheet;
  TileGroup& group = sheet.groups.emplace_back();
  group.title = "Mean receptive fields at one scale";
  for (const ShownUnit& unit : pick_units(results, s)) {
    TilePicture tile = mean_tile(unit, rules, fmt::format("{} {}", unit.layer->name, unit.unit));
    if (std::isfinite(unit.record.field.size))
      tile.note = fmt::format("{:.1f} px", unit.record.field.size);
    group.tiles.push_back(std::move(tile));
  }
  group.note =
      fmt::format("{} units; equal lengths are equal numbers of input pixels", group.tiles.size());
  sheet.side = 200;
  sheet.bar = peak_bar();
  sheet.caption = {
      fmt::format("Below each: layer, unit, measured size. Orange: {:.3g} of the peak; "
                  "white: theoretical field; hatched: not reached by any image.",
                  rules.size_cut),
      measured_how(results)};
  return sheet;
}

}  // namespace rfmap::app
