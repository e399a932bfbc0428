#include <algorithm>
#include <cmath>
#include <optional>

#include <fmt/format.h>

#include "report/figures/field.h"
#include "report/figures/figures.h"

namespace rfmap::figures {
using namespace report;
namespace {

constexpr int kLeastSide = 160, kMostSide = 448;  // of a tile, px of the picture

int side_of(Size input) { return std::clamp(std::max(input.h, input.w), kLeastSide, kMostSide); }

std::vector<float> product_values(const GradientMaps& maps, Product product) {
  if (product == Product::support) return {maps.support.begin(), maps.support.end()};
  if (product == Product::absolute) return maps.absolute;
  return product == Product::squared ? maps.squared : maps.signed_sum;
}

Colours product_colours(Product product) {
  return product == Product::signed_mean ? Colours::diverging : Colours::viridis;
}

std::string meaning(Product product) {
  if (product == Product::support)
    return "Yellow: pixels with a gradient that is not 0 at some input";
  return fmt::format("Mean over inputs of the {}gradient, summed over the input's channels",
                     product == Product::absolute  ? "absolute "
                     : product == Product::squared ? "squared "
                                                   : "");
}

std::optional<ColourBar> bar_of(Product product) {
  if (product == Product::support) return std::nullopt;
  return map_bar(product_colours(product),
                 product == Product::squared ? " ((response / input)^2)" : " (response / input)");
}

std::string place_title(const NeuronGradient& n) {
  const std::string channel =
      n.channel < 0 ? "sum over channels" : fmt::format("channel {}", n.channel);
  return fmt::format("{}, row {}, column {}", channel, n.position.y, n.position.x);
}

/// A frame of one px of the picture about the box, so that a field of a few px stays visible.
Mark frame_about(const Rect& box, Size input) {
  const double px = std::max(1, std::max(input.h, input.w)) / double(side_of(input));
  Mark mark = box_mark(box, kOrange);
  for (auto& [x, y] : mark.points) {
    if (x == box.x0) x = std::max(0.0, x - px);
    if (y == box.y0) y = std::max(0.0, y - px);
  }
  return mark;
}

TilePicture tile_of(const GradientShown& shown, Product product, std::size_t folder) {
  const auto& [neuron, box, support] = shown;
  std::vector<float> values = product_values(neuron.maps, product);
  const float most = largest_of(values);
  TilePicture tile{
      neuron.layer.substr(folder),
      support.empty() ? "none"
                      : fmt::format("{}x{}", support.y1 - support.y0, support.x1 - support.x0),
      ColouredMap{neuron.maps.input, std::move(values), most, product_colours(product)}};
  if (!box.empty()) tile.marks = {frame_about(box, neuron.maps.input)};
  return tile;
}

}  // namespace

TileSheet gradient_sheet(const std::vector<GradientShown>& shown, Product product,
                         const std::string& how) {
  TileSheet sheet;
  std::string folder = shown.front().neuron.layer;  // that all layers' names begin with
  for (const GradientShown& s : shown) folder = common_folder(folder, s.neuron.layer);
  for (const GradientShown& s : shown) {
    const std::string title = place_title(s.neuron);
    if (sheet.groups.empty() || sheet.groups.back().title != title)
      sheet.groups.push_back({title, "counted from 0"});
    sheet.groups.back().tiles.push_back(tile_of(s, product, folder.size()));
  }
  std::size_t most = 1;
  for (const TileGroup& group : sheet.groups) most = std::max(most, group.tiles.size());
  sheet.columns = int(std::ceil(std::sqrt(double(most))));
  sheet.side = side_of(shown.front().neuron.maps.input);
  sheet.pixels = Pixels::squares;
  sheet.bar = bar_of(product);
  sheet.caption = {fmt::format("{}. Below each: layer, hull of its support in px. Orange: "
                               "theoretical field as far as the image reaches.",
                               meaning(product)),
                   how};
  return sheet;
}

}  // namespace rfmap::figures
