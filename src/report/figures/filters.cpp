#include <algorithm>
#include <cmath>

#include <fmt/format.h>

#include "rfmap/error.h"

#include "report/figures/field.h"
#include "report/figures/shown.h"

namespace rfmap::figures {
using namespace report;
namespace {

struct FilterBank {
  std::string name;
  const Conv& conv;
  int in = 0;  ///< input channels of a filter
};

FilterBank find_filters(const Model& model, const Selection& selection) {
  for (const Node& node : model.graph.nodes) {
    const Conv* conv = std::get_if<Conv>(&node.op);
    if (!conv || !conv->weights ||
        !(matches_layer(node.shown(), selection.layers) ||
          matches_layer(node.name, selection.layers)))
      continue;
    const int in = model.graph.nodes[node.inputs.front()].shape.c / conv->groups;
    if (in != 1 && in != 3)
      throw ConfigError(
          fmt::format("--what filters shows filters that see pixels, of 1 or 3 "
                      "channels; those of {} have {}",
                      node.shown(), in));
    return {node.shown(), *conv, in};
  }
  throw ConfigError("--layers: no convolution of the network has such a name");
}

/// Weights about middle grey: 0 is 127.5, plus and minus the filter's largest the ends.
Raster colour_filter(std::span<const float> weights, Size kernel, double most, ChannelOrder order) {
  Crop crop{{3, kernel.h, kernel.w}, {}};
  for (const float w : weights)
    crop.pixels.push_back(std::uint8_t(std::lround(127.5 + 127.5 * w / most)));
  return raster_of(crop, order);
}

}  // namespace

TileSheet filters_sheet(const Model& model, const Selection& selection, ChannelOrder order) {
  const FilterBank bank = find_filters(model, selection);
  const Size kernel = bank.conv.kernel;
  const std::size_t volume = std::size_t(bank.in) * kernel.h * kernel.w;
  TileGroup group{bank.name, fmt::format("{} filters of {} x {} x {}", bank.conv.out_channels,
                                         bank.in, kernel.h, kernel.w)};
  for (const int u : pick_channels(selection, bank.name, bank.conv.out_channels)) {
    const auto weights = std::span(*bank.conv.weights).subspan(u * volume, volume);
    const float most = std::max(1e-30f, largest_of(weights));
    TilePicture& tile =
        group.tiles.emplace_back(TilePicture{std::to_string(u), fmt::format("{:.2g}", most)});
    if (bank.in == 3)
      tile.picture = colour_filter(weights, kernel, most, order);
    else
      tile.picture =
          ColouredMap{kernel, {weights.begin(), weights.end()}, most, Colours::diverging};
  }
  TileSheet sheet;
  sheet.groups.push_back(std::move(group));
  sheet.columns = 8;
  sheet.side = 88;
  sheet.pixels = Pixels::squares;
  if (bank.in == 1)
    sheet.bar = ColourBar{"- largest", "0", "+ largest weight of each", Colours::diverging};
  sheet.caption = {
      bank.in == 3
          ? fmt::format("Weights as colours (channels {}): middle grey is 0, the ends are plus and "
                        "minus the largest weight of each filter, which is written below it.",
                        order == ChannelOrder::bgr ? "bgr, as --preset or --channels says"
                                                   : "rgb; --channels bgr for Caffe's")
          : std::string("Weights; the largest of each filter is written below it.")};
  return sheet;
}

}  // namespace rfmap::figures
