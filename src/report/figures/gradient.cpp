#include "report/figures/gradient.h"

#include <algorithm>
#include <cmath>
#include <optional>

#include <fmt/format.h>

#include "report/figures/field.h"

namespace rfmap::figures {
using namespace report;
namespace {

constexpr int kLeastSide = 160, kMostSide = 448;  // of a tile, px of the picture

int side_of(Size input) { return std::clamp(std::max(input.h, input.w), kLeastSide, kMostSide); }

std::vector<float> values_of(const GradientMaps& maps, Product product) {
  if (product == Product::support) return {maps.support.begin(), maps.support.end()};
  if (product == Product::absolute) return maps.absolute;
  return product == Product::squared ? maps.squared : maps.signed_sum;
}

const char* meaning(Product product) {
  switch (product) {
    case Product::support:
      return "Yellow: pixels with a gradient that is not 0 at some input";
    case Product::absolute:
      return "Mean over inputs of the absolute gradient, summed over the input's channels";
    case Product::squared:
      return "Mean over inputs of the squared gradient, summed over the input's channels";
    case Product::signed_mean:
      break;
  }
  return "Mean over inputs of the gradient, summed over the input's channels";
}

std::optional<ColourBar> bar_of(Product product) {
  if (product == Product::support) return std::nullopt;
  return map_bar(product == Product::signed_mean,
                 product == Product::squared ? " ((response / input)^2)" : " (response / input)");
}

/// Length of the folders ("/features/") that all layers' names begin with.
std::size_t common_folder(const std::vector<GradientShown>& shown) {
  const std::string& first = shown.front().neuron.layer;
  std::string common = first.substr(0, first.rfind('/') + 1);
  for (const GradientShown& s : shown)
    while (s.neuron.layer.compare(0, common.size(), common) != 0) {
      common.pop_back();
      common.resize(common.rfind('/') + 1);
    }
  return common.size();
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
  std::vector<float> values = values_of(neuron.maps, product);
  const float most = largest_of(values);
  TilePicture tile{
      neuron.layer.substr(folder),
      support.empty() ? "none"
                      : fmt::format("{}x{}", support.y1 - support.y0, support.x1 - support.x0),
      ColouredMap{neuron.maps.input, std::move(values), most, product == Product::signed_mean}};
  if (!box.empty()) tile.marks = {frame_about(box, neuron.maps.input)};
  return tile;
}

}  // namespace

TileSheet gradient_sheet(const std::vector<GradientShown>& shown, Product product,
                         const std::string& how) {
  TileSheet sheet;
  const std::size_t folder = common_folder(shown);
  for (const GradientShown& s : shown) {
    const std::string title = place_title(s.neuron);
    if (sheet.groups.empty() || sheet.groups.back().title != title)
      sheet.groups.push_back({title, "counted from 0"});
    sheet.groups.back().tiles.push_back(tile_of(s, product, folder));
  }
  std::size_t most = 1;
  for (const TileGroup& group : sheet.groups) most = std::max(most, group.tiles.size());
  sheet.columns = int(std::ceil(std::sqrt(double(most))));
  sheet.side = side_of(shown.front().neuron.maps.input);
  sheet.sharp = true;
  sheet.bar = bar_of(product);
  sheet.caption = {fmt::format("{}. Below each: layer, hull of its support in px. Orange: "
                               "theoretical field as far as the image reaches.",
                               meaning(product)),
                   how};
  return sheet;
}

}  // namespace rfmap::figures
