#include "app/gradient_picture.h"

#include <algorithm>
#include <cmath>
#include <optional>

#include <fmt/format.h>

namespace rfmap::app {
namespace {

constexpr int kLeastSide = 160, kMostSide = 448;  // of a tile, px of the picture
constexpr std::array<std::uint8_t, 3> kOrange{60, 122, 255};

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
  if (product == Product::signed_mean)
    return ColourBar{"- largest", "0", "+ largest of each map", true};
  return ColourBar{"0", "",
                   product == Product::squared ? "peak of each map ((response / input)^2)"
                                               : "peak of each map (response / input)",
                   false};
}

/// Length of the folders ("/features/") that all layers' names begin with.
std::size_t common_folder(const std::vector<NeuronGradient>& neurons) {
  std::string common = neurons.front().layer.substr(0, neurons.front().layer.rfind('/') + 1);
  for (const NeuronGradient& n : neurons)
    while (n.layer.compare(0, common.size(), common) != 0) {
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

TilePicture tile_of(const GradientRow& row, const NeuronGradient& neuron, Product product,
                    std::size_t folder) {
  const std::vector<float> values = values_of(neuron.maps, product);
  float most = 0;
  for (const float v : values) most = std::max(most, std::fabs(v));
  const bool has_signs = product == Product::signed_mean;
  const Rect& s = row.support;
  TilePicture tile{neuron.layer.substr(folder),
                   s.empty() ? "none" : fmt::format("{}x{}", s.y1 - s.y0, s.x1 - s.x0),
                   coloured(values, neuron.maps.input, has_signs ? -most : 0, most, has_signs),
                   {}};
  if (!row.box.empty()) tile.marks = {frame_about(row.box, neuron.maps.input)};
  return tile;
}

}  // namespace

TileSheet gradient_sheet(const std::vector<GradientRow>& rows,
                         const std::vector<NeuronGradient>& neurons, Product product,
                         const std::string& how) {
  TileSheet sheet;
  const std::size_t folder = common_folder(neurons);
  for (std::size_t i = 0; i < rows.size(); ++i) {
    const std::string title = place_title(neurons[i]);
    if (sheet.groups.empty() || sheet.groups.back().title != title)
      sheet.groups.push_back({title, "counted from 0", {}});
    sheet.groups.back().tiles.push_back(tile_of(rows[i], neurons[i], product, folder));
  }
  std::size_t most = 1;
  for (const TileGroup& group : sheet.groups) most = std::max(most, group.tiles.size());
  sheet.columns = int(std::ceil(std::sqrt(double(most))));
  sheet.side = side_of(neurons.front().maps.input);
  sheet.sharp = true;
  sheet.bar = bar_of(product);
  sheet.caption = {fmt::format("{}. Below each: layer, hull of its support in px. Orange: "
                               "theoretical field as far as the image reaches.",
                               meaning(product)),
                   how};
  return sheet;
}

}  // namespace rfmap::app
