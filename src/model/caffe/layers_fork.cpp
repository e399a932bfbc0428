#include <cmath>
#include <utility>
#include <vector>

#include "model/caffe/import.h"
#include "model/stretch.h"

// Layers of common forks of Caffe.
namespace rfmap::importing {
namespace {

Value import_shuffle_channel(CaffeImport& in, const CaffeLayer& layer) {
  const Value& input = in.only_bottom(layer);
  const int groups = to_int(layer.proto.shuffle_channel_param().group(), "group");
  if (groups < 1 || input.dims.at(1) % groups != 0)
    throw Damaged(std::to_string(groups) + " groups do not divide its channels");
  return shuffle(in.builder, label(layer), input, groups);
}

/// a * x + y with a number per channel a (squeeze and excitation).
Value import_axpy(CaffeImport& in, const CaffeLayer& layer) {
  if (layer.proto.bottom_size() != 3) throw Damaged("it needs three bottoms");
  Value factor = in.bottom(layer, 0);
  const Value &x = in.bottom(layer, 1), &y = in.bottom(layer, 2);
  if (factor.dims.size() > x.dims.size()) throw Refusal("its bottoms do not fit");
  factor = with_rank(std::move(factor), x.dims.size());
  const Value product =
      elementwise(in.builder, helper(layer, "/product"), Elementwise::Kind::product, {x, factor});
  return elementwise(in.builder, label(layer), Elementwise::Kind::sum, {product, y});
}

/// Extents of a resized map, both sides.
struct Sides {
  std::int64_t h, w;
};

Value resize(CaffeImport& in, const CaffeLayer& layer, const Value& map, Sides to,
             Coordinates coordinates, Interpolation interpolation) {
  if (map.dims[2] == to.h && map.dims[3] == to.w) return in.builder.alias(map, label(layer));
  const auto along = [&](std::int64_t n, std::int64_t m) {
    if (m < 1) throw Damaged("its sides have to be positive");
    return resized({to_int(n, "a side"), to_int(m, "a side"), float(m) / float(n), coordinates,
                    interpolation});
  };
  return in.builder.add(label(layer), Resample{along(map.dims[2], to.h), along(map.dims[3], to.w)},
                        {map});
}

/// A side of Interp's output for one of its input, cut by the padding.
std::int64_t interp_side(const caffe::InterpParameter& p, std::int64_t n, int given) {
  if (given > 0) return given;
  std::int64_t side = n;
  if (p.has_shrink_factor()) side = (side - 1) / p.shrink_factor() + 1;
  if (p.has_zoom_factor()) side += (side - 1) * (p.zoom_factor() - 1);
  return side;
}

/// DeepLab's and PSPNet's: bilinear, corners aligned; negative padding cuts the input.
Value import_interp(CaffeImport& in, const CaffeLayer& layer) {
  const caffe::InterpParameter& p = layer.proto.interp_param();
  Value map = in.only_bottom(layer);
  expect_map(map);
  if (p.pad_beg() > 0 || p.pad_end() > 0) throw Damaged("its padding has to be 0 or negative");
  if (p.shrink_factor() < 1 || p.zoom_factor() < 1)
    throw Damaged("its factors have to be positive");
  if ((p.height() > 0) != (p.width() > 0)) throw Damaged("it gives one side of its output");
  if (p.height() == 0 && !p.has_shrink_factor() && !p.has_zoom_factor())
    throw Damaged("it does not say its output's size");
  for (const int axis : {2, 3})
    if (p.pad_beg() < 0 || p.pad_end() < 0)
      map = slice(in.builder, helper(layer, axis == 2 ? "/rows" : "/columns"), map, axis,
                  {-p.pad_beg(), map.dims[axis] + p.pad_end() + p.pad_beg(), 1});
  const Sides to{interp_side(p, map.dims[2], p.height()), interp_side(p, map.dims[3], p.width())};
  return resize(in, layer, map, to, Coordinates::align_corners, Interpolation::linear);
}

/// YOLO's: each value repeated. (SegNet's takes a pooling's mask as second bottom.)
Value import_upsample(CaffeImport& in, const CaffeLayer& layer) {
  const Value& map = in.only_bottom(layer);
  expect_map(map);
  const float scale = layer.proto.upsample_param().scale();
  if (!(scale >= 1) || scale != std::floor(scale))
    throw Refusal("a scale that is not a positive integer is not supported");
  const auto factor = to_int(std::int64_t(scale), "scale");
  return resize(in, layer, map, {map.dims[2] * factor, map.dims[3] * factor},
                Coordinates::asymmetric, Interpolation::floor);
}

/// Darknet's: seen as C / s^2 maps of (H s) x (W s), whatever the true sides; the s x s values of a
/// cell become channels. So [C / s^2, H, s, W, s] -> [s, s, C / s^2, H, W], an axis at a time.
Value import_reorg(CaffeImport& in, const CaffeLayer& layer) {
  const caffe::ReorgParameter& p = layer.proto.reorg_param();
  const Value& map = in.only_bottom(layer);
  expect_map(map);
  if (p.reverse()) throw Refusal("reverse is not supported");
  const std::int64_t s = p.stride(), c = map.dims[1], h = map.dims[2], w = map.dims[3];
  if (s < 1 || c % (s * s) != 0 || h % s != 0 || w % s != 0)
    throw Damaged("its stride does not divide its bottom's sides, or its square the channels");
  Builder& builder = in.builder;
  const auto part = [&](const char* suffix) { return helper(layer, suffix); };
  Value v = reshape(builder, part("/cells"), map, {map.dims[0], c / s * h * w, s, 1});
  v = transpose(builder, part("/columns_first"), v, {0, 2, 1, 3});
  v = reshape(builder, part("/rows"), v, {map.dims[0], c / s * h, s, w});
  v = transpose(builder, part("/rows_first"), v, {0, 2, 1, 3});
  return reshape(builder, label(layer), v, {map.dims[0], c * s * s, h / s, w / s});
}

}  // namespace

const CaffeHandlers& caffe_fork_handlers() {
  static const CaffeHandlers table{{"ShuffleChannel", import_shuffle_channel},
                                   {"Axpy", import_axpy},
                                   {"Interp", import_interp},
                                   {"Upsample", import_upsample},
                                   {"Reorg", import_reorg}};
  return table;
}

}  // namespace rfmap::importing
