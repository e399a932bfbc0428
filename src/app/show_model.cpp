#include <algorithm>
#include <cmath>
#include <optional>

#include <fmt/format.h>

#include "rfmap/error.h"
#include "rfmap/field.h"
#include "rfmap/theory.h"

#include "app/neuron_name.h"
#include "app/show_forward.h"
#include "app/show_settings.h"
#include "method/preprocessing.h"

namespace rfmap::app {
namespace {

/// A network with what an image needs to reach it.
struct Network {
  Model model;
  Preprocessing preprocessing;
};

Network load_network(const ShowSettings& s) {
  if (s.model.model.empty())
    throw ConfigError("--what " + show_kind_name(s.what) +
                      " needs the network; give --model (and --weights)");
  Network network{read_model(s.model), {}};
  if (s.image.empty())
    throw ConfigError("--what " + show_kind_name(s.what) +
                      " needs an image; give --image FILE, or FILE#INDEX of an IDX file");
  network.preprocessing = resolve(s.preprocessing);
  const Shape& input = network.model.graph.input();
  if (network.preprocessing.crop == Size{}) network.preprocessing.crop = {input.h, input.w};
  return network;
}

Layer only_layer(const Model& model, const ShowSettings& s) {
  if (s.layers.empty())
    throw ConfigError("--what " + show_kind_name(s.what) + " needs one layer; give --layers NAME");
  const std::vector<Layer> layers = select_layers(model, s.layers, false);
  if (layers.size() != 1)
    throw ConfigError(fmt::format("--layers names {} layers; --what {} shows one at a time",
                                  layers.size(), show_kind_name(s.what)));
  return layers.front();
}

/// Those of --unit, or the first --units.
std::vector<int> channels_of(const Shape& shape, const ShowSettings& s) {
  std::vector<int> channels = listed_units(s.unit_list);
  if (channels.empty())
    for (int c = 0; c < std::min(s.units, shape.c); ++c) channels.push_back(c);
  for (const int c : channels)
    if (c >= shape.c)
      throw ConfigError(
          fmt::format("--unit {}: the layer has {} channels, counted from 0", c, shape.c));
  return channels;
}

Crop load_crop(const Network& network, const ShowSettings& s) {
  return require_image({s.image}, network.preprocessing, network.model.graph.input().c);
}

std::string image_note(const ShowSettings& s, const Crop& crop) {
  return fmt::format("{}, {} x {} px", short_name({s.image}), crop.shape.h, crop.shape.w);
}

/// Range of the values of a map: from 0, or symmetric about 0 where some are negative.
struct Range {
  double low = 0, high = 0;
};
Range range_of(std::span<const float> values) {
  const auto [low, high] = std::minmax_element(values.begin(), values.end());
  const double most = std::max(std::fabs(*low), std::fabs(*high));
  return {*low < 0 ? -most : 0, most};
}

/// A neuron's box and what it is called.
struct Box {
  std::string label;
  Rect box, clipped;
};

std::vector<Box> boxes_of(const Network& network, const ShowSettings& s) {
  std::vector<Box> boxes;
  for (const std::string& text : s.neurons) {
    const NamedNeuron neuron = parse_neuron(network.model, text);
    const NeuronBox box = neuron_box(network.model.graph, neuron.layer.node, neuron.position);
    boxes.push_back({text, box.whole, box.clipped});
  }
  return boxes;
}

/// The image with room for boxes that leave it, at most one image's side on each.
Rect room_for(const std::vector<Box>& boxes, Size input) {
  Rect room{0, 0, input.h, input.w};
  for (const Box& b : boxes) {
    room.y0 = std::max(-input.h, std::min(room.y0, b.box.y0 - 1));
    room.x0 = std::max(-input.w, std::min(room.x0, b.box.x0 - 1));
    room.y1 = std::min(2 * input.h, std::max(room.y1, b.box.y1 + 1));
    room.x1 = std::min(2 * input.w, std::max(room.x1, b.box.x1 + 1));
  }
  return room;
}

Mark shifted(Mark mark, const Rect& room) {
  for (auto& [x, y] : mark.points) x -= room.x0, y -= room.y0;
  return mark;
}

std::string box_text(const Rect& b) {
  return fmt::format("rows {} to {}, columns {} to {}", b.y0, b.y1 - 1, b.x0, b.x1 - 1);
}

/// A channel's values as squares about the centres of the neurons' fields, NaN between them.
std::vector<float> centred_values(const LayerMap& map, int channel, const Field& field,
                                  Size input) {
  std::vector<float> canvas(std::size_t(input.h) * input.w, NAN);
  const auto values = map.channel(channel);
  const auto half = [](double stride) { return std::max(1.0, std::floor(stride * 0.7)) / 2; };
  const double hy = half(field.y.stride()), hx = half(field.x.stride());
  for (int i = 0; i < int(values.size()); ++i) {
    const Centre c = field_centre(field, {i / map.shape.w, i % map.shape.w});
    const int y0 = int(std::lround(c.y + 0.5 - hy)), x0 = int(std::lround(c.x + 0.5 - hx));
    for (int y = std::max(0, y0); y < std::min<double>(input.h, y0 + 2 * hy); ++y)
      for (int x = std::max(0, x0); x < std::min<double>(input.w, x0 + 2 * hx); ++x)
        canvas[std::size_t(y) * input.w + x] = values[std::size_t(i)];
  }
  return canvas;
}

ColourBar value_bar(bool negative) {
  return negative ? ColourBar{"- largest", "0", "+ largest of each map", true}
                  : ColourBar{"0", "", "largest of each map", false};
}

}  // namespace

TileSheet show_box(const ShowSettings& s) {
  if (s.neurons.empty())
    throw ConfigError("--what box needs neurons; give --neuron LAYER:Y:X, as in conv5:6:6");
  const Network network = load_network(s);
  const Crop crop = load_crop(network, s);
  const Size input{crop.shape.h, crop.shape.w};
  const std::vector<Box> boxes = boxes_of(network, s);
  const Rect room = room_for(boxes, input);
  TilePicture tile{"", "", cropped(raster_of(crop, network.preprocessing.order), room), {}};
  TileSheet sheet;
  sheet.caption = {"Theoretical receptive fields over " + image_note(s, crop) +
                   ": whole (dashed) and as far as the image reaches (solid). Hatched: beyond the "
                   "image."};
  for (std::size_t i = 0; i < boxes.size(); ++i) {
    const auto colour = distinct_colour(int(i));
    Mark whole = shifted(box_mark(boxes[i].box, colour), room);
    whole.dashed = true;
    tile.marks.push_back(whole);
    tile.marks.push_back(shifted(box_mark(boxes[i].clipped, colour), room));
    tile.marks.back().label = boxes[i].label;
    sheet.caption.push_back(fmt::format("{} ({}): {}; in the image {}", boxes[i].label,
                                        distinct_name(int(i)), box_text(boxes[i].box),
                                        box_text(boxes[i].clipped)));
  }
  sheet.groups.push_back({"Receptive fields in theory", "", {tile}});
  sheet.side = 560;
  sheet.sharp = true;
  return sheet;
}

TileSheet show_activations(const ShowSettings& s) {
  const Network network = load_network(s);
  const Layer layer = only_layer(network.model, s);
  const Crop crop = load_crop(network, s);
  const LayerMap map =
      Forward(network.model.graph, {layer.node}, network.preprocessing)(crop).front();
  TileGroup group{
      layer.name, fmt::format("{} channels of {} x {}", map.shape.c, map.shape.h, map.shape.w), {}};
  bool negative = false;
  for (const int c : channels_of(map.shape, s)) {
    const Range range = range_of(map.channel(c));
    negative = negative || range.low < 0;
    group.tiles.push_back(
        {fmt::format("unit {}", c),
         fmt::format("{:.3g}", range.high),
         coloured(map.channel(c), {map.shape.h, map.shape.w}, range.low, range.high, range.low < 0),
         {}});
  }
  TileSheet sheet;
  sheet.groups = {{"", "", {{"image", "", raster_of(crop, network.preprocessing.order), {}}}},
                  group};
  sheet.bar = value_bar(negative);
  sheet.sharp = true;
  sheet.caption = {"Responses of each channel to " + image_note(s, crop) +
                   "; a square is a position of the map. Below each its largest value, in units of "
                   "the response."};
  return sheet;
}

TileSheet show_centred(const ShowSettings& s) {
  const Network network = load_network(s);
  const Layer layer = only_layer(network.model, s);
  const Crop crop = load_crop(network, s);
  const Size input{crop.shape.h, crop.shape.w};
  const LayerMap map =
      Forward(network.model.graph, {layer.node}, network.preprocessing)(crop).front();
  const Field field = theoretical_fields(network.model.graph)[std::size_t(layer.node)];
  TileGroup group{layer.name,
                  fmt::format("{} x {} positions, {:.4g} px apart, each sees {:.4g} px",
                              map.shape.h, map.shape.w, field.x.stride(), field.x.size()),
                  {}};
  bool negative = false;
  group.tiles.push_back({"image", "", raster_of(crop, network.preprocessing.order), {}});
  for (const int c : channels_of(map.shape, s)) {
    const Range range = range_of(map.channel(c));
    negative = negative || range.low < 0;
    group.tiles.push_back({fmt::format("unit {}", c),
                           fmt::format("{:.3g}", range.high),
                           coloured(centred_values(map, c, field, input), input, range.low,
                                    range.high, range.low < 0),
                           {}});
  }
  TileSheet sheet;
  sheet.groups = {group};
  sheet.bar = value_bar(negative);
  sheet.side = 260;
  sheet.columns = std::min(s.columns, 4);
  sheet.sharp = true;
  sheet.caption = {"Feature maps in the frame of the image, " + image_note(s, crop) +
                   ": each feature stands at the centre of its receptive field. Below each its "
                   "largest value. Hatched: no feature has its centre there."};
  return sheet;
}

}  // namespace rfmap::app
