#include <utility>
#include <vector>

#include "graph/rearrange.h"
#include "model/caffe/import.h"

// Local response normalisation and SSD's normalisation.
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
                            {0, i, i + to_int(map.dims[axis], "a side")}));
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
  const Shape shape = in.builder.shape(around);
  const Value grouped =
      in.builder.add(helper(layer, "/grouped"), shuffled(shape, places), {around});
  const Value normalised =
      in.builder.add(helper(layer, "/normalised"), Lrn{places, p.alpha(), p.beta(), 1}, {grouped});
  const Value places_first =
      in.builder.add(helper(layer, "/places"), shuffled(shape, channels), {normalised});
  const int centre = places / 2 * channels;
  return slice(in.builder, label(layer), places_first, 1, {0, centre, centre + channels});
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

/// x / sqrt(sum of x^2 + eps) * scale, the sum over the channels of a position. As LRN: so many
/// channels around each one that all are among them.
Value normalise_position(CaffeImport& in, const CaffeLayer& layer, const Value& map) {
  const int size = 2 * to_int(map.dims[1], "the number of channels") - 1;
  const Lrn op{size, float(size), 0.5f, layer.proto.norm_param().eps()};
  return in.builder.add(helper(layer, "/normalised"), op, {map});
}

/// The same with the sum over the complete map.
Value normalise_map(CaffeImport& in, const CaffeLayer& layer, const Value& map) {
  in.expect_theory("a normalisation over all positions (across_spatial)");
  const auto whole = [&](std::size_t axis) {
    const double n = double(map.dims[axis]);
    return AxisReads{0, 0, 0, n - 1, false, false, true};
  };
  return in.builder.add_shaped(helper(layer, "/normalised"),
                               TheoryOnly{"normalisation", whole(2), whole(3)}, {map}, map.dims);
}

Value import_normalize(CaffeImport& in, const CaffeLayer& layer) {
  const caffe::NormalizeParameter& p = layer.proto.norm_param();
  const Value& map = in.only_bottom(layer);
  expect_map(map);
  const std::int64_t scales = p.channel_shared() ? 1 : map.dims[1];
  const Constant scale{{scales, 1, 1}, in.weights(layer, 0, scales), nullptr};
  const Value normalised =
      p.across_spatial() ? normalise_map(in, layer, map) : normalise_position(in, layer, map);
  return affine(in.builder, label(layer), normalised, scale, std::nullopt);
}

}  // namespace

const CaffeHandlers& caffe_normalise_handlers() {
  static const CaffeHandlers table{{"LRN", import_lrn}, {"Normalize", import_normalize}};
  return table;
}

}  // namespace rfmap::importing
