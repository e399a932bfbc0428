#include <utility>
#include <vector>

#include "model/caffe/import.h"

// Local response normalisation, SSD's normalisation, and mean-variance normalisation.
namespace rfmap::importing {
namespace {

/// The values around each position as channels: channel (dx * size + dy) * C + c of the result is
/// channel c of the map moved by (dy, dx), with zeros beyond it.
Value neighbours_as_channels(CaffeImport& in, const CaffeLayer& layer, const Value& map, int size) {
  const int pad = (size - 1) / 2;
  Value all = in.builder.add(helper(layer, "/pad"), Pad{Margins{pad, pad, pad, pad}, 0}, {map});
  for (const int axis : {2, 3}) {
    const std::string name = axis == 2 ? "/rows" : "/columns";
    std::vector<Value> moved;
    for (int i = 0; i < size; ++i)
      moved.push_back(slice(in.builder, helper(layer, name + std::to_string(i)), all, axis,
                            {i, map.dims[axis], 1}));
    all = size == 1 ? moved.front() : concat(in.builder, helper(layer, name), moved, 1);
  }
  return all;
}

/// x / (1 + alpha * mean of x^2)^beta over size x size positions of its channel: a normalisation
/// across channels, once the positions are channels. Caffe ignores k here.
Value normalise_within(CaffeImport& in, const CaffeLayer& layer, int size) {
  const caffe::LRNParameter& p = layer.proto.lrn_param();
  const Value& map = in.only_bottom(layer);
  expect_map(map);
  if (size % 2 == 0) throw Damaged("its local_size is even");
  const int channels = to_int(map.dims[1], "the number of channels"), places = size * size;
  const Value around = neighbours_as_channels(in, layer, map, size);
  const Value grouped = shuffle(in.builder, helper(layer, "/grouped"), around, places);
  const Value normalised =
      in.builder.add(helper(layer, "/normalised"), Lrn{places, p.alpha(), p.beta(), 1}, {grouped});
  const Value places_first = shuffle(in.builder, helper(layer, "/places"), normalised, channels);
  const int centre = places / 2 * channels;
  return slice(in.builder, label(layer), places_first, 1, {centre, channels, 1});
}

Value import_lrn(CaffeImport& in, const CaffeLayer& layer) {
  const caffe::LRNParameter& p = layer.proto.lrn_param();
  const int size = to_int(p.local_size(), "local_size");
  if (size < 1) throw Damaged("its local_size is not positive");
  if (p.norm_region() == caffe::LRNParameter::WITHIN_CHANNEL)
    return normalise_within(in, layer, size);
  return in.builder.add(label(layer), Lrn{size, p.alpha(), p.beta(), p.k()},
                        {in.only_bottom(layer)});
}

/// x / sqrt(sum of x^2 + eps) * scale, the sum over the channels of a position or over the map.
Value import_normalize(CaffeImport& in, const CaffeLayer& layer) {
  const caffe::NormalizeParameter& p = layer.proto.norm_param();
  const Value& map = in.only_bottom(layer);
  expect_map(map);
  const std::int64_t scales = p.channel_shared() ? 1 : map.dims[1];
  const Constant scale{{scales, 1, 1}, in.weights(layer, 0, scales), nullptr};
  const Normalisation op{Normalisation::Kind::l2, p.across_spatial() ? kOverAll : kOverChannels,
                         p.eps()};
  const Value normalised = in.builder.add(helper(layer, "/normalised"), op, {map});
  return affine(in.builder, label(layer), normalised, scale, std::nullopt);
}

/// (x - mean) / (deviation + eps), over the map or over each of its channels.
Value import_mvn(CaffeImport& in, const CaffeLayer& layer) {
  const caffe::MVNParameter& p = layer.proto.mvn_param();
  const Value& map = in.only_bottom(layer);
  expect_map(map);
  const auto kind =
      p.normalize_variance() ? Normalisation::Kind::standard : Normalisation::Kind::centre;
  const Normalisation op{kind, p.across_channels() ? kOverAll : kOverSpace, p.eps(),
                         Normalisation::Guard::added};
  return in.builder.add(label(layer), op, {map});
}

}  // namespace

const CaffeHandlers& caffe_normalise_handlers() {
  static const CaffeHandlers table{
      {"LRN", import_lrn}, {"Normalize", import_normalize}, {"MVN", import_mvn}};
  return table;
}

}  // namespace rfmap::importing
