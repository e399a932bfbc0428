#include <algorithm>
#include <string>
#include <tuple>
#include <unordered_map>
#include <utility>
#include <vector>

#include <fmt/format.h>

#include "model/onnx/import.h"
#include "model/onnx/volume.h"
#include "model/stretch.h"
#include "model/transposed.h"

// Convolution, pooling, padding and LRN: operations over a neighbourhood.
namespace rfmap::importing {
namespace {

/// Without those of the axis along which windows over three are one position wide.
void leave_out_thin(const OnnxNode& node, Dims& values) {
  if (node.thin_axis == kNone || values.size() % 3 != 0) return;
  const int i = node.thin_axis - 2;
  if (values.size() == 6) values.erase(values.begin() + 3 + i);
  values.erase(values.begin() + i);
}

/// Two attribute values (rows, columns); one of a window over a line, whose columns take `one`.
Size take_pair(OnnxNode& node, const std::string& name, Size fallback, int one = 1) {
  Dims pair = node.attributes.take_ints(name, {fallback.h, fallback.w});
  if (pair.size() == 1 && node.over_line) pair.push_back(one);
  leave_out_thin(node, pair);
  if (pair.size() != 2)
    throw Refusal(fmt::format("attribute '{}' has {} values; one and two dimensions are supported",
                              name, pair.size()));
  return {to_int(pair[0], name), to_int(pair[1], name)};
}

Margins take_pads(OnnxNode& node) {
  Dims pads = node.attributes.take_ints("pads", {0, 0, 0, 0});
  if (pads.size() == 2 && node.over_line) pads = {pads[0], 0, pads[1], 0};
  leave_out_thin(node, pads);
  if (pads.size() != 4)
    throw Refusal(fmt::format("attribute 'pads' has {} values instead of 4", pads.size()));
  for (const std::int64_t p : pads)
    if (p < 0) throw Refusal("negative padding is not supported");
  return {to_int(pads[0], "padding"), to_int(pads[1], "padding"), to_int(pads[2], "padding"),
          to_int(pads[3], "padding")};
}

struct Window {
  Size kernel, stride, dilation;
  Margins pad;              ///< 0 unless given
  bool same = false;        ///< the padding follows from the input
  bool odd_behind = false;  ///< where it cannot be the same on both sides, it is larger behind
};

/// `kernel`: from the weights, or 0 x 0 if the attribute must give it.
Window take_window(OnnxNode& node, Size kernel) {
  Window w{take_pair(node, "kernel_shape", kernel), take_pair(node, "strides", {1, 1}),
           take_pair(node, "dilations", {1, 1})};
  if (w.kernel.h < 1 || w.kernel.w < 1) throw Refusal("its kernel_shape is missing");
  if (w.stride.h < 1 || w.stride.w < 1 || w.dilation.h < 1 || w.dilation.w < 1)
    throw Refusal("its strides and dilations have to be positive");
  const std::string mode = node.attributes.take_string("auto_pad", "NOTSET");
  const Margins pads = take_pads(node);
  w.odd_behind = mode == "SAME_UPPER";
  w.same = w.odd_behind || mode == "SAME_LOWER";
  if (mode == "NOTSET" || mode.empty())
    w.pad = pads;
  else if (!w.same && mode != "VALID")
    throw Refusal("auto_pad '" + mode + "' is not understood");
  return w;
}

/// Divides padding between both sides.
void divide(const Window& w, std::int64_t padding, int& front, int& behind) {
  const int total = to_int(std::max<std::int64_t>(padding, 0), "padding");
  front = w.odd_behind ? total / 2 : total - total / 2;
  behind = total - front;
}

/// The same with padding that gives ceil(input / stride) windows where the file asks for it.
Window padded(Window w, const Value& input) {
  const auto pad = [&](std::int64_t n, int kernel, int dilation, int stride, int& front,
                       int& behind) {
    const std::int64_t covered =
        ((n + stride - 1) / stride - 1) * stride + std::int64_t(kernel - 1) * dilation + 1;
    divide(w, covered - n, front, behind);
  };
  if (!w.same) return w;
  pad(input.dims[2], w.kernel.h, w.dilation.h, w.stride.h, w.pad.top, w.pad.bottom);
  pad(input.dims[3], w.kernel.w, w.dilation.w, w.stride.w, w.pad.left, w.pad.right);
  return w;
}

/// Weights of a convolution, with their kernel in the last two axes.
Constant take_weights(OnnxImport& in, const OnnxNode& node) {
  const auto weights = in.constant_input(node, 1);
  if (!weights) throw Refusal("its weights are missing");
  Constant kernels = *weights;
  if (node.over_line) kernels.dims.push_back(1);
  if (kernels.dims.size() == 5 && node.thin_axis != kNone)
    kernels.dims.erase(kernels.dims.begin() + node.thin_axis);
  if (kernels.dims.size() != 4)
    throw Refusal(fmt::format("its weights of {} do not fit its input", text(weights->dims)));
  return kernels;
}

Window take_window(OnnxNode& node, const Constant& weights) {
  const Size kernel{to_int(weights.dims[2], "a side"), to_int(weights.dims[3], "a side")};
  const Window w = take_window(node, kernel);
  if (w.kernel != kernel)
    throw Damaged("its weights of " + text(weights.dims) + " contradict its kernel_shape");
  return w;
}

/// An operation over a window of a map; or of a line, with the columns left out; or of three axes,
/// where it is one position wide along one of them.
template <Value (*import)(OnnxImport&, OnnxNode&, const Label&, const Value&)>
Value over_window(OnnxImport& in, OnnxNode& node) {
  const Value& input = in.input(node, 0);
  node.over_line = input.dims.size() == 3;
  if (node.over_line) return with_rank(import(in, node, node.label(), with_rank(input, 4)), 3);
  if (input.dims.size() == 5) {
    node.thin_axis = thin_axis(in, node, input);
    const Value maps = import(in, node, {node.name, {}}, maps_of(input, node.thin_axis));
    return in.builder.alias(volume_of(maps, node.thin_axis, input), node.label());
  }
  expect_map(input);
  return import(in, node, node.label(), input);
}

Value import_conv(OnnxImport& in, OnnxNode& node, const Label& label, const Value& input) {
  const Constant weights = take_weights(in, node);
  const auto bias = in.constant_input(node, 2);
  const Window w = padded(take_window(node, weights), input);
  const int groups = to_int(node.attributes.take_int("group", 1), "group");
  if (groups < 1 || input.dims[1] % groups != 0 || weights.dims[1] != input.dims[1] / groups)
    throw Damaged(fmt::format("weights of {} in {} groups do not fit an input of {}",
                              text(weights.dims), groups, text(input.dims)));
  Conv op{w.kernel,
          w.stride,
          w.dilation,
          w.pad,
          groups,
          to_int(weights.dims[0], "a side"),
          as_floats(weights),
          bias ? as_floats(*bias) : nullptr};
  return in.builder.add(label, std::move(op), {input});
}

/// Rows and columns that the result of a transposed convolution has and that are cut before it.
Transposed transposed_by(const Window& window, const Value& input, Size more, const Dims& shape) {
  Transposed op{window.kernel, window.stride, window.dilation, {window.pad.top, window.pad.left}};
  const auto cut = [&](std::size_t axis, std::int64_t whole, int stride, int behind, int& front,
                       int& map) {
    if (shape.empty() && !window.same) {
      map = to_int(whole - front - behind, "a side");
      return;
    }
    const std::int64_t wanted =
        shape.empty() ? input.dims[axis] * stride : shape[shape.size() - 4 + axis];
    divide(window, whole - wanted, front, behind);
    map = to_int(shape.empty() ? std::min(whole, wanted) : wanted, "a side");
  };
  const auto& [kernel, stride, dilation] = std::tie(op.kernel, op.stride, op.dilation);
  cut(2, uncut_extent(input.dims[2], kernel.h, stride.h, dilation.h) + more.h, stride.h,
      window.pad.bottom, op.front.h, op.map.h);
  cut(3, uncut_extent(input.dims[3], kernel.w, stride.w, dilation.w) + more.w, stride.w,
      window.pad.right, op.front.w, op.map.w);
  return op;
}

Value import_transposed(OnnxImport& in, OnnxNode& node, const Label& label, const Value& input) {
  const Constant weights = take_weights(in, node);
  const auto bias = in.constant_input(node, 2);
  const Window window = take_window(node, weights);
  const Size more = take_pair(node, "output_padding", {0, 0}, 0);
  if (more.h < 0 || more.w < 0) throw Refusal("its output_padding has to be 0 or positive");
  Dims shape = node.attributes.take_ints("output_shape");
  if (node.over_line && !shape.empty()) shape.push_back(1);
  if (!shape.empty() && shape.size() != 2 && shape.size() != 4)
    throw Refusal("its output_shape does not hold two sides");
  const int groups = to_int(node.attributes.take_int("group", 1), "group");
  if (weights.dims[0] != input.dims[1])
    throw Damaged(fmt::format("weights of {} do not fit an input of {}", text(weights.dims),
                              text(input.dims)));
  Transposed op = transposed_by(window, input, more, shape);
  op.groups = groups;
  op.out_channels = to_int(weights.dims[1] * groups, "the number of channels");
  op.weights = as_floats(weights);
  if (bias) op.bias = as_floats(*bias);
  return transposed_convolution(in.builder, node.helper("/zeros"), label, input, op);
}

Value import_pool(OnnxImport& in, OnnxNode& node, const Label& label, const Value& input) {
  const bool ceil_mode = node.attributes.take_int("ceil_mode", 0) != 0;
  const Window w = padded(take_window(node, Size{0, 0}), input);
  Pool op{Pool::Kind::max, w.kernel, w.stride, w.dilation, w.pad, ceil_mode && !w.same, false};
  if (node.operation == "AveragePool") {
    op.kind = Pool::Kind::average;
    op.count_include_pad = node.attributes.take_int("count_include_pad", 0) != 0;
  } else {
    // Order of the indices, a second output that is refused if it is used.
    node.attributes.take_int("storage_order", 0);
  }
  return in.builder.add(label, op, {input});
}

Value import_lrn(OnnxImport& in, OnnxNode& node) {
  const int size = to_int(node.attributes.take_int("size", 0), "size");
  if (size < 1) throw Refusal("its size is missing");
  const Lrn op{size, node.attributes.take_float("alpha", 1e-4f),
               node.attributes.take_float("beta", 0.75f), node.attributes.take_float("bias", 1)};
  return in.builder.add(node.label(), op, {in.input(node, 0)});
}

/// Padding of each axis, before then after: all axes, or those that input 3 names (opset 18).
std::vector<PadPair> take_all_pads(OnnxImport& in, OnnxNode& node, int rank) {
  const auto pads = in.take_integers(node, "pads", 1);
  if (!pads) throw Refusal("its padding is missing");
  Dims axes;
  if (const auto given = in.constant_input(node, 3))
    axes = as_integers(*given);
  else
    for (int i = 0; i < rank; ++i) axes.push_back(i);
  if (pads->size() != 2 * axes.size()) throw Refusal("its padding does not fit its axes");
  std::vector<PadPair> all(rank);
  for (std::size_t i = 0; i < axes.size(); ++i)
    all[resolve_axis(axes[i], rank)] = {to_int((*pads)[i], "padding"),
                                        to_int((*pads)[i + axes.size()], "padding")};
  return all;
}

float take_pad_value(OnnxImport& in, OnnxNode& node) {
  const float attribute = node.attributes.take_float("value", 0);
  const auto given = in.constant_input(node, 2);
  return given && given->size() > 0 ? float(given->at(0)) : attribute;
}

Value import_pad(OnnxImport& in, OnnxNode& node) {
  const Value& input = in.input(node, 0);
  const auto pads = take_all_pads(in, node, int(input.dims.size()));
  const float value = take_pad_value(in, node);
  const std::string mode = node.attributes.take_string("mode", "constant");
  const bool nothing =
      std::all_of(pads.begin(), pads.end(), [](const PadPair& p) { return p == PadPair{}; });
  if (nothing) return in.builder.alias(input, node.label());
  if (mode == "constant") return pad(in.builder, node.label(), input, pads, value);
  if (pads[0] != PadPair{}) throw Refusal("padding of the batch is not supported");
  static const std::unordered_map<std::string, Border> borders{
      {"reflect", Border::reflect}, {"edge", Border::edge}, {"wrap", Border::wrap}};
  const auto border = borders.find(mode);
  if (border == borders.end()) throw Refusal("mode '" + mode + "' is not understood");
  std::vector<AxisTaps> along;
  for (std::size_t axis = 0; axis < pads.size(); ++axis)
    along.push_back(bordered(to_int(input.dims[axis], "a side"), pads[axis].first,
                             pads[axis].second, border->second));
  return resampled(in.builder, node.label(), input, along, "padding");
}

}  // namespace

const OnnxHandlers& window_handlers() {
  static const OnnxHandlers table{{"Conv", over_window<import_conv>},
                                  {"ConvTranspose", over_window<import_transposed>},
                                  {"MaxPool", over_window<import_pool>},
                                  {"AveragePool", over_window<import_pool>},
                                  {"LRN", import_lrn},
                                  {"Pad", import_pad}};
  return table;
}

}  // namespace rfmap::importing
