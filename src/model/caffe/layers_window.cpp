#include <utility>

#include <fmt/format.h>

#include "model/caffe/import.h"
#include "model/transposed.h"

// Convolution and pooling.
namespace rfmap::importing {
namespace {

int side(std::uint32_t value) { return to_int(value, "a side"); }

/// A setting given as one value, as two (rows, columns), or for each axis by a field of its own.
template <class Repeated>
Size take_size(const Repeated& both, bool has_own, std::uint32_t own_h, std::uint32_t own_w,
               int fallback) {
  if (has_own && !both.empty()) throw Refusal("a size is given twice");
  if (has_own) return {side(own_h), side(own_w)};
  if (both.size() > 2) throw Refusal("only two dimensions are supported");
  if (both.empty()) return {fallback, fallback};
  return {side(both[0]), side(both[both.size() - 1])};
}

Margins around(Size pad) { return {pad.h, pad.w, pad.h, pad.w}; }

void expect_positive(Size kernel, Size stride) {
  if (kernel.h < 1 || kernel.w < 1 || stride.h < 1 || stride.w < 1)
    throw Refusal("its kernel size and stride have to be positive");
}

struct Sliding {
  Size kernel, stride, dilation, pad;
};

Sliding window_of(const caffe::ConvolutionParameter& p) {
  if (p.axis() != 1) throw Refusal("only axis 1 is supported");
  const Sliding w{
      take_size(p.kernel_size(), p.has_kernel_h() || p.has_kernel_w(), p.kernel_h(), p.kernel_w(),
                0),
      take_size(p.stride(), p.has_stride_h() || p.has_stride_w(), p.stride_h(), p.stride_w(), 1),
      take_size(p.dilation(), false, 0, 0, 1),
      take_size(p.pad(), p.has_pad_h() || p.has_pad_w(), p.pad_h(), p.pad_w(), 0)};
  expect_positive(w.kernel, w.stride);
  return w;
}

Value convolve(CaffeImport& in, const CaffeLayer& layer, int groups) {
  const Value& input = in.only_bottom(layer);
  expect_map(input);
  const caffe::ConvolutionParameter& p = layer.proto.convolution_param();
  const Sliding w = window_of(p);
  Conv op{w.kernel, w.stride, w.dilation, around(w.pad), groups, side(p.num_output())};
  if (op.groups < 1 || input.dims[1] % op.groups != 0)
    throw Damaged(fmt::format("{} groups do not divide {} channels", op.groups, input.dims[1]));
  op.weights = in.weights(
      layer, 0, volume({op.out_channels, input.dims[1] / op.groups, op.kernel.h, op.kernel.w}));
  if (p.bias_term()) op.bias = in.weights(layer, 1, op.out_channels);
  return in.builder.add(label(layer), std::move(op), {input});
}

Value import_convolution(CaffeImport& in, const CaffeLayer& layer) {
  return convolve(in, layer, side(layer.proto.convolution_param().group()));
}

/// Of forks: a group for each channel, whatever `group` says.
Value import_depthwise(CaffeImport& in, const CaffeLayer& layer) {
  return convolve(in, layer, to_int(in.only_bottom(layer).dims.at(1), "the number of channels"));
}

/// Weights [in, out / groups, kernel]; theory needs none.
Value import_deconvolution(CaffeImport& in, const CaffeLayer& layer) {
  const Value& input = in.only_bottom(layer);
  expect_map(input);
  const caffe::ConvolutionParameter& p = layer.proto.convolution_param();
  const Sliding w = window_of(p);
  const auto extent = [&](std::size_t axis, int kernel, int stride, int dilation, int pad) {
    return to_int(uncut_extent(input.dims[axis], kernel, stride, dilation) - 2 * std::int64_t(pad),
                  "a side");
  };
  Transposed op{w.kernel,
                w.stride,
                w.dilation,
                w.pad,
                {extent(2, w.kernel.h, w.stride.h, w.dilation.h, w.pad.h),
                 extent(3, w.kernel.w, w.stride.w, w.dilation.w, w.pad.w)},
                side(p.group()),
                side(p.num_output())};
  if (op.groups < 1 || op.out_channels % op.groups != 0)
    throw Damaged(fmt::format("{} groups do not divide {} channels", op.groups, op.out_channels));
  if (!in.files().theory) {
    op.weights = in.weights(
        layer, 0, volume({input.dims[1], op.out_channels / op.groups, w.kernel.h, w.kernel.w}));
    if (p.bias_term()) op.bias = in.weights(layer, 1, op.out_channels);
  }
  return transposed_convolution(in.builder, helper(layer, "/zeros"), label(layer), input, op);
}

Pool::Kind pool_kind(const caffe::PoolingParameter& p) {
  if (p.pool() == caffe::PoolingParameter::STOCHASTIC)
    throw Refusal("stochastic pooling is not supported");
  return p.pool() == caffe::PoolingParameter::MAX ? Pool::Kind::max : Pool::Kind::average;
}

/// Rows or columns by which a map of n has to grow so that Caffe's last window fits, if this window
/// lies beyond the map; else 0. There are ceil((n - kernel) / stride) + 1 windows.
int missing(std::int64_t n, int kernel, int stride) {
  const std::int64_t start = (n - kernel + stride - 1) / stride * stride;
  return n >= kernel && start >= n ? int(start + kernel - n) : 0;
}

/// Only with padding does Caffe drop a last window that starts beyond the map; without, the window
/// is empty. Caffe's maximum of nothing is the lowest number, after which no sum is finite; it is 0
/// here, as in OpenCV. Its mean of nothing divides by 0.
Value with_empty_windows(CaffeImport& in, const CaffeLayer& layer, const Pool& op,
                         const Value& input) {
  if (!op.ceil_mode || op.pad != Margins{}) return input;
  const Margins more{0, 0, missing(input.dims[2], op.kernel.h, op.stride.h),
                     missing(input.dims[3], op.kernel.w, op.stride.w)};
  if (more == Margins{}) return input;
  if (op.kind == Pool::Kind::average)
    in.expect_theory("the mean of an empty window (its last one starts beyond the map)");
  return in.builder.add(helper(layer, "/pad"), Pad{more, 0}, {input});
}

Value import_pooling(CaffeImport& in, const CaffeLayer& layer) {
  const Value& input = in.only_bottom(layer);
  expect_map(input);
  const caffe::PoolingParameter& p = layer.proto.pooling_param();
  if (layer.proto.top_size() != 1) throw Refusal("its mask, a second top, is not supported");
  Pool op;
  op.kind = pool_kind(p);
  if (p.global_pooling()) return global_pool(in.builder, label(layer), input, op.kind);
  const int kernel = side(p.kernel_size()), stride = side(p.stride()), pad = side(p.pad());
  op.kernel = {p.has_kernel_h() ? side(p.kernel_h()) : kernel,
               p.has_kernel_w() ? side(p.kernel_w()) : kernel};
  op.stride = {p.has_stride_h() ? side(p.stride_h()) : stride,
               p.has_stride_w() ? side(p.stride_w()) : stride};
  op.pad = around({p.has_pad_h() ? side(p.pad_h()) : pad, p.has_pad_w() ? side(p.pad_w()) : pad});
  expect_positive(op.kernel, op.stride);
  op.ceil_mode =
      p.has_ceil_mode() ? p.ceil_mode() : p.round_mode() == caffe::PoolingParameter::CEIL;
  // Caffe divides by the window cut to the padded map.
  op.count_include_pad = op.kind == Pool::Kind::average;
  return in.builder.add(label(layer), op, {with_empty_windows(in, layer, op, input)});
}

}  // namespace

const CaffeHandlers& caffe_window_handlers() {
  static const CaffeHandlers table{{"Convolution", import_convolution},
                                   {"ConvolutionDepthwise", import_depthwise},
                                   {"DepthwiseConvolution", import_depthwise},
                                   {"Deconvolution", import_deconvolution},
                                   {"Pooling", import_pooling}};
  return table;
}

}  // namespace rfmap::importing
