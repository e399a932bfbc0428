#include <algorithm>
#include <cmath>

#include <fmt/format.h>

#include "rfmap/error.h"
#include "rfmap/field.h"
#include "rfmap/theory.h"

#include "report/figures/field.h"
#include "report/figures/forward.h"
#include "report/figures/shown.h"

namespace rfmap::figures {
using namespace report;
namespace {

Crop load_crop(const NetworkImage& n) {
  LoadedImage loaded = load_image(n.image, n.preprocessing, n.model.graph.input().c);
  if (!loaded.problem.empty()) throw DataError(loaded.problem);
  return std::move(loaded.crop);
}

std::string image_note(const NetworkImage& n, const Crop& crop) {
  return fmt::format("{}, {} x {} px", short_name(n.image), crop.shape.h, crop.shape.w);
}

/// The image with room for boxes that leave it, at most one image's side on each.
Rect room_for(const std::vector<NamedNeuron>& neurons, Size input) {
  Rect room{0, 0, input.h, input.w};
  for (const NamedNeuron& neuron : neurons) {
    const Rect& box = neuron.box.whole;
    room.y0 = std::max(-input.h, std::min(room.y0, box.y0 - 1));
    room.x0 = std::max(-input.w, std::min(room.x0, box.x0 - 1));
    room.y1 = std::min(2 * input.h, std::max(room.y1, box.y1 + 1));
    room.x1 = std::min(2 * input.w, std::max(room.x1, box.x1 + 1));
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
        canvas[std::size_t(y) * input.w + x] = values[i];
  }
  return canvas;
}

LayerMap map_of(const NetworkImage& n, const Layer& layer, const Crop& crop) {
  return make_forward(n.model.graph, {layer.node}, n.preprocessing)(crop).front();
}

/// A channel's values in some frame, with signs where some of the channel's are negative.
TilePicture channel_tile(const LayerMap& map, int channel, Size size, std::vector<float> values) {
  const auto of_channel = map.channel(channel);
  const float most = largest_of(of_channel);
  const bool has_signs = *std::ranges::min_element(of_channel) < 0;
  return {fmt::format("unit {}", channel), fmt::format("{:.3g}", most),
          ColouredMap{size, std::move(values), most,
                      has_signs ? Colours::diverging : Colours::viridis}};
}

ColourBar bar_of(const TileGroup& channels) {
  const bool has_signs = std::ranges::any_of(channels.tiles, [](const TilePicture& tile) {
    const auto* map = std::get_if<ColouredMap>(&tile.picture);
    return map && map->colours == Colours::diverging;
  });
  return map_bar(has_signs ? Colours::diverging : Colours::viridis, "");
}

}  // namespace

TileSheet box_sheet(const NetworkImage& network, const std::vector<NamedNeuron>& neurons) {
  const Crop crop = load_crop(network);
  const Rect room = room_for(neurons, {crop.shape.h, crop.shape.w});
  TilePicture tile{"", "", cropped(raster_of(crop, network.preprocessing.order), room)};
  TileSheet sheet;
  sheet.caption = {"Theoretical receptive fields over " + image_note(network, crop) +
                   ": whole (dashed) and as far as the image reaches (solid). Hatched: beyond the "
                   "image."};
  for (std::size_t i = 0; i < neurons.size(); ++i) {
    const NeuronBox& box = neurons[i].box;
    const NamedColour& colour = distinct_colour(i);
    tile.marks.push_back(shifted(box_mark(box.whole, colour.bgr, Stroke::dashed), room));
    tile.marks.push_back(shifted(box_mark(box.clipped, colour.bgr), room));
    sheet.caption.push_back(fmt::format("{} ({}): {}; in the image {}", neurons[i].name,
                                        colour.name, box_text(box.whole), box_text(box.clipped)));
  }
  sheet.groups.push_back({"Receptive fields in theory", "", {tile}});
  sheet.side = 560;
  sheet.pixels = Pixels::squares;
  return sheet;
}

TileSheet activations_sheet(const NetworkImage& network, const Layer& layer,
                            const Selection& selection) {
  const Crop crop = load_crop(network);
  const LayerMap map = map_of(network, layer, crop);
  TileGroup group{layer.name,
                  fmt::format("{} channels of {} x {}", map.shape.c, map.shape.h, map.shape.w)};
  for (const int c : pick_channels(selection, layer.name, map.shape.c)) {
    const auto values = map.channel(c);
    group.tiles.push_back(
        channel_tile(map, c, {map.shape.h, map.shape.w}, {values.begin(), values.end()}));
  }
  TileSheet sheet;
  sheet.groups = {{"", "", {{"image", "", raster_of(crop, network.preprocessing.order)}}}, group};
  sheet.bar = bar_of(group);
  sheet.pixels = Pixels::squares;
  sheet.caption = {"Responses of each channel to " + image_note(network, crop) +
                   "; a square is a position of the map. Below each its largest value, in units of "
                   "the response."};
  return sheet;
}

TileSheet centred_sheet(const NetworkImage& network, const Layer& layer,
                        const Selection& selection) {
  const Crop crop = load_crop(network);
  const Size input{crop.shape.h, crop.shape.w};
  const LayerMap map = map_of(network, layer, crop);
  const Field field = theoretical_fields(network.model.graph)[layer.node];
  TileGroup group{layer.name,
                  fmt::format("{} x {} positions, {:.4g} px apart, each sees {:.4g} px",
                              map.shape.h, map.shape.w, field.x.stride(), field.x.size()),
                  {{"image", "", raster_of(crop, network.preprocessing.order)}}};
  for (const int c : pick_channels(selection, layer.name, map.shape.c))
    group.tiles.push_back(channel_tile(map, c, input, centred_values(map, c, field, input)));
  TileSheet sheet;
  sheet.bar = bar_of(group);
  sheet.groups = {std::move(group)};
  sheet.side = 260;
  sheet.columns = 4;
  sheet.pixels = Pixels::squares;
  sheet.caption = {"Feature maps in the frame of the image, " + image_note(network, crop) +
                   ": each feature is drawn at the centre of its receptive field. Below each its "
                   "largest value. Hatched: no feature has its centre there."};
  return sheet;
}

}  // namespace rfmap::figures
