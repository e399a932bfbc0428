#include "model/transposed.h"

#include <algorithm>
#include <cstdint>
#include <memory>
#include <utility>
#include <vector>

#include <fmt/format.h>

#include "model/stretch.h"

namespace rfmap::importing {
namespace {

/// A transposed convolution along one axis: `positions` with zeros, of which the first `cut` are
/// left out, and the padding of the convolution that follows.
struct TransposedAxis {
  int cut = 0, positions = 0, front = 0, behind = 0;
};

/// `n` values, and `m` of the result behind the first `front` ones.
TransposedAxis transposed_axis(std::int64_t n, std::int64_t m, int kernel, int stride, int dilation,
                               int front) {
  const std::int64_t reach = std::int64_t(dilation) * (kernel - 1);
  const std::int64_t padding = reach - front;
  TransposedAxis axis;
  axis.cut = to_int(std::max<std::int64_t>(0, -padding), "padding");
  axis.front = to_int(std::max<std::int64_t>(0, padding), "padding");
  const std::int64_t needed = m + reach - axis.front;
  const std::int64_t own = std::max<std::int64_t>(0, (n - 1) * stride + 1 - axis.cut);
  const std::int64_t behind = std::clamp<std::int64_t>(needed - own, 0, reach);
  axis.behind = to_int(std::min(behind, needed - 1), "padding");
  axis.positions = to_int(needed - axis.behind, "a side");
  return axis;
}

/// [in, out / groups, kernel] -> [out, in / groups, kernel], the kernel turned by half a turn.
Floats turned_weights(const Transposed& op, int in_channels) {
  if (!op.weights) return nullptr;
  const std::size_t area = std::size_t(op.kernel.h) * std::size_t(op.kernel.w);
  const auto outs = std::size_t(op.out_channels / op.groups);
  const auto ins = std::size_t(in_channels / op.groups);
  auto to = std::make_shared<std::vector<float>>(op.weights->size());
  auto next = to->begin();
  for (std::size_t group = 0; group < std::size_t(op.groups); ++group)
    for (std::size_t out = 0; out < outs; ++out)
      for (std::size_t in = 0; in < ins; ++in) {
        const auto from =
            op.weights->begin() + std::ptrdiff_t(((group * ins + in) * outs + out) * area);
        next = std::reverse_copy(from, from + std::ptrdiff_t(area), next);
      }
  return to;
}

bool keeps_axis(const TransposedAxis& axis, int stride, std::int64_t n) {
  return stride == 1 && axis.cut == 0 && axis.positions == n;
}

AxisTaps zero_taps(const TransposedAxis& axis, int stride, std::int64_t n) {
  if (keeps_axis(axis, stride, n)) return {};
  return with_zeros(to_int(n, "a side"), stride, axis.cut, axis.positions);
}

}  // namespace

std::int64_t uncut_extent(std::int64_t n, int kernel, int stride, int dilation) {
  return stride * (n - 1) + std::int64_t(dilation) * (kernel - 1) + 1;
}

Value transposed_convolution(Builder& builder, const Label& zeros, const Label& label,
                             const Value& input, const Transposed& op) {
  const std::int64_t channels = input.dims[1], h = input.dims[2], w = input.dims[3];
  if (op.groups < 1 || channels % op.groups != 0 || op.out_channels % op.groups != 0)
    throw Damaged(fmt::format("{} groups do not divide {} input and {} output channels", op.groups,
                              channels, op.out_channels));
  if (op.map.h < 1 || op.map.w < 1)
    throw Refusal("its padding leaves nothing of its result; a larger input size would help");
  const TransposedAxis y =
      transposed_axis(h, op.map.h, op.kernel.h, op.stride.h, op.dilation.h, op.front.h);
  const TransposedAxis x =
      transposed_axis(w, op.map.w, op.kernel.w, op.stride.w, op.dilation.w, op.front.w);
  Conv conv{op.kernel,
            {1, 1},
            op.dilation,
            {y.front, x.front, y.behind, x.behind},
            op.groups,
            op.out_channels,
            turned_weights(op, to_int(channels, "the number of channels")),
            op.bias,
            "transposed convolution"};
  if (keeps_axis(y, op.stride.h, h) && keeps_axis(x, op.stride.w, w))
    return builder.add(label, std::move(conv), {input});
  Resample apart{zero_taps(y, op.stride.h, h), zero_taps(x, op.stride.w, w),
                 "zeros between values"};
  return builder.add(label, std::move(conv), {builder.add(zeros, std::move(apart), {input})});
}

}  // namespace rfmap::importing
