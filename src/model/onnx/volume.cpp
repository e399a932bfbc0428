#include "model/onnx/volume.h"

#include <algorithm>
#include <optional>
#include <utility>

#include <fmt/format.h>

namespace rfmap::importing {
namespace {

constexpr int kSpace = 3, kFirst = 2;  // axes of space, and the first one of the tensor

struct Windows {
  Dims kernel, strides, pads, more;
};

Windows windows_of(OnnxImport& in, const OnnxNode& node) {
  Attributes given = node.attributes;
  Windows w{given.take_ints("kernel_shape"), given.take_ints("strides", {1, 1, 1}),
            given.take_ints("pads", {0, 0, 0, 0, 0, 0}),
            given.take_ints("output_padding", {0, 0, 0})};
  if (w.kernel.empty())
    if (const auto weights = in.constant_input(node, 1); weights && weights->dims.size() == 5)
      w.kernel = {weights->dims.begin() + kFirst, weights->dims.end()};
  if (w.kernel.size() != kSpace || w.strides.size() != kSpace || w.pads.size() != 2 * kSpace ||
      w.more.size() != kSpace)
    throw Refusal("its windows do not fit an input of rank 5");
  return w;
}

bool is_thin(const Windows& w, std::size_t i) {
  return w.kernel[i] == 1 && w.strides[i] == 1 && w.pads[i] == 0 && w.pads[i + kSpace] == 0 &&
         w.more[i] == 0;
}

bool along_channels(const Digits& digits) {
  return std::ranges::all_of(digits, [](const Digit& digit) { return digit.axis < 1; });
}

}  // namespace

int thin_axis(OnnxImport& in, const OnnxNode& node, const Value& input) {
  const Windows w = windows_of(in, node);
  const auto cost = [&](int axis) {
    return std::pair(!along_channels(input.axes[axis]), input.dims[axis]);
  };
  std::optional<int> best;
  for (int i = 0; i < kSpace; ++i)
    if (is_thin(w, std::size_t(i)) && (!best || cost(kFirst + i) < cost(*best))) best = kFirst + i;
  if (!best)
    throw Refusal(
        fmt::format("its windows run over three axes ({}), and two are supported", text(w.kernel)));
  return *best;
}

Value maps_of(const Value& volume, int axis) {
  Value maps = volume;
  maps.dims[0] *= volume.dims[axis];
  maps.axes[0].insert(maps.axes[0].end(), volume.axes[axis].begin(), volume.axes[axis].end());
  maps.dims.erase(maps.dims.begin() + axis);
  maps.axes.erase(maps.axes.begin() + axis);
  return maps;
}

Value volume_of(const Value& maps, int axis, const Value& volume) {
  const auto split = divided(maps.axes[0], {volume.dims[0], volume.dims[axis]});
  if (!split) throw Refusal("its maps cannot be followed");
  Value whole = maps;
  whole.dims[0] = volume.dims[0];
  whole.axes[0] = (*split)[0];
  whole.dims.insert(whole.dims.begin() + axis, volume.dims[axis]);
  whole.axes.insert(whole.axes.begin() + axis, (*split)[1]);
  return whole;
}

}  // namespace rfmap::importing
