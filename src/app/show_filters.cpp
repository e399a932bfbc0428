#include <algorithm>
#include <cmath>

#include <fmt/format.h>

#include "rfmap/error.h"

#include "app/show_settings.h"

namespace rfmap::app {
namespace {

struct FilterBank {
  std::string name;
  Conv conv;
  int in = 0;  ///< input channels of a filter
  std::span<const float> filter(int out) const {
    const std::size_t volume = std::size_t(in) * conv.kernel.h * conv.kernel.w;
    return std::span(*conv.weights).subspan(std::size_t(out) * volume, volume);
  }
};

/// The first convolution, or the first that --layers names.
FilterBank find_filters(const Model& model, const ShowSettings& s) {
  for (const Node& node : model.graph.nodes) {
    const Conv* conv = std::get_if<Conv>(&node.op);
    if (!conv || !conv->weights || !matches_layer(node.name, s.layers)) continue;
    const int in = model.graph.nodes[std::size_t(node.inputs.front())].shape.c / conv->groups;
    if (in != 1 && in != 3)
      throw ConfigError(
          fmt::format("--what filters shows filters that see pixels, of 1 or 3 "
                      "channels; those of {} have {}",
                      node.name, in));
    return {node.name, *conv, in};
  }
  throw ConfigError("--layers: no convolution of " + s.model.model + " has such a name");
}

ChannelOrder order_of(const ShowSettings& s) {
  if (s.preprocessing.channels) return *s.preprocessing.channels;
  for (const Preset& preset : presets())
    if (preset.name == s.preprocessing.preset) return preset.values.order;
  return ChannelOrder::rgb;
}

/// Weights about middle grey: 0 is 127.5, plus and minus the filter's largest the ends.
Raster colour_filter(std::span<const float> weights, Size kernel, double most, ChannelOrder order) {
  Crop crop{{3, kernel.h, kernel.w}, {}};
  for (const float w : weights)
    crop.pixels.push_back(std::uint8_t(std::lround(127.5 + 127.5 * w / most)));
  return raster_of(crop, order);
}

}  // namespace

TileSheet show_filters(const ShowSettings& s) {
  if (s.model.model.empty())
    throw ConfigError("--what filters needs the network; give --model (and --weights)");
  const FilterBank bank = find_filters(read_model(s.model), s);
  std::vector<int> units = listed_units(s.unit_list);
  if (units.empty())
    for (int u = 0; u < std::min(s.units, bank.conv.out_channels); ++u) units.push_back(u);
  TileGroup group{bank.name,
                  fmt::format("{} filters of {} x {} x {}", bank.conv.out_channels, bank.in,
                              bank.conv.kernel.h, bank.conv.kernel.w),
                  {}};
  for (const int u : units) {
    if (u >= bank.conv.out_channels)
      throw ConfigError(fmt::format("--unit {}: {} has {} filters, counted from 0", u, bank.name,
                                    bank.conv.out_channels));
    const auto weights = bank.filter(u);
    double most = 1e-30;
    for (const float w : weights) most = std::max(most, double(std::fabs(w)));
    group.tiles.push_back({std::to_string(u),
                           fmt::format("{:.2g}", most),
                           bank.in == 3
                               ? colour_filter(weights, bank.conv.kernel, most, order_of(s))
                               : coloured(weights, bank.conv.kernel, -most, most, true),
                           {}});
  }
  TileSheet sheet;
  sheet.groups.push_back(std::move(group));
  sheet.side = 88;
  sheet.sharp = true;
  if (bank.in == 1) sheet.bar = ColourBar{"- largest", "0", "+ largest weight of each", true};
  sheet.caption = {
      bank.in == 3
          ? fmt::format("Weights as colours (channels {}): middle grey is 0, the ends are plus and "
                        "minus the largest weight of each filter, which stands below it.",
                        order_of(s) == ChannelOrder::bgr ? "bgr, as --preset or --channels says"
                                                         : "rgb; --channels bgr for Caffe's")
          : std::string("Weights; the largest of each filter stands below it.")};
  return sheet;
}

}  // namespace rfmap::app
