#include <algorithm>
#include <cmath>

#include "model/onnx/import.h"

// Convolution, pooling, padding and LRN: operations over a neighbourhood.
namespace rfmap::importing {
namespace {

/// Two attribute values (rows, columns).
Size take_pair(OnnxNode& node, const std::string& name, Size fallback) {
  const Dims pair = node.attributes.take_ints(name, {fallback.h, fallback.w});
  if (pair.size() != 2)
    throw Refusal("attribute '" + name + "' has " + std::to_string(pair.size()) +
                  " values; two dimensions are supported");
  return {to_int(pair[0], name), to_int(pair[1], name)};
}

struct Window {
  Size kernel, stride, dilation;
  Margins pad;
  bool same = false;  ///< the output has ceil(input / stride) cells
};

/// Padding before and after that gives ceil(n / stride) windows.
void pad_same(std::int64_t n, std::int64_t kernel, int stride, bool more_in_front, int& front,
              int& behind) {
  const std::int64_t covered = ((n + stride - 1) / stride - 1) * stride + kernel;
  const int total = to_int(std::max<std::int64_t>(covered - n, 0), "padding");
  front = total / 2 + (more_in_front ? total % 2 : 0);
  behind = total - front;
}

Margins take_pads(OnnxNode& node) {
  const Dims pads = node.attributes.take_ints("pads", {0, 0, 0, 0});
  if (pads.size() != 4)
    throw Refusal("attribute 'pads' has " + std::to_string(pads.size()) + " values instead of 4");
  for (const std::int64_t p : pads)
    if (p < 0) throw Refusal("negative padding is not supported");
  return {to_int(pads[0], "padding"), to_int(pads[1], "padding"), to_int(pads[2], "padding"),
          to_int(pads[3], "padding")};
}

/// `kernel`: from the weights, or 0 x 0 if the attribute must give it.
Window take_window(OnnxNode& node, const Shape& input, Size kernel) {
  Window w{take_pair(node, "kernel_shape", kernel),
           take_pair(node, "strides", {1, 1}),
           take_pair(node, "dilations", {1, 1}),
           {}};
  if (w.kernel.h < 1 || w.kernel.w < 1) throw Refusal("its kernel_shape is missing");
  if (w.stride.h < 1 || w.stride.w < 1 || w.dilation.h < 1 || w.dilation.w < 1)
    throw Refusal("its strides and dilations have to be positive");
  const std::string mode = node.attributes.take_string("auto_pad", "NOTSET");
  const Margins pads = take_pads(node);
  if (mode == "NOTSET" || mode.empty()) {
    w.pad = pads;
  } else if (mode == "SAME_UPPER" || mode == "SAME_LOWER") {
    const bool lower = mode == "SAME_LOWER";
    pad_same(input.h, std::int64_t(w.kernel.h - 1) * w.dilation.h + 1, w.stride.h, lower, w.pad.top,
             w.pad.bottom);
    pad_same(input.w, std::int64_t(w.kernel.w - 1) * w.dilation.w + 1, w.stride.w, lower,
             w.pad.left, w.pad.right);
    w.same = true;
  } else if (mode != "VALID") {
    throw Refusal("auto_pad '" + mode + "' is not understood");
  }
  return w;
}

void import_conv(OnnxImport& in, OnnxNode& node) {
  const Value& input = in.input(node, 0);
  expect_map(input);
  const auto weights = in.constant_input(node, 1), bias = in.constant_input(node, 2);
  if (!weights || weights->dims.size() != 4) throw Refusal("its weights are not of rank 4");
  const Size kernel{to_int(weights->dims[2], "a side"), to_int(weights->dims[3], "a side")};
  const Window w = take_window(node, in.builder.shape(input), kernel);
  const int groups = to_int(node.attributes.take_int("group", 1), "group");
  if (w.kernel != kernel)
    throw Damaged("its weights of " + text(weights->dims) + " contradict its kernel_shape");
  if (groups < 1 || input.dims[1] % groups != 0 || weights->dims[1] != input.dims[1] / groups)
    throw Damaged("weights of " + text(weights->dims) + " in " + std::to_string(groups) +
                  " groups do not fit an input of " + text(input.dims));
  Conv op{w.kernel,
          w.stride,
          w.dilation,
          w.pad,
          groups,
          to_int(weights->dims[0], "a side"),
          as_floats(*weights),
          bias ? as_floats(*bias) : nullptr};
  in.set(node.outputs[0], in.builder.add(node.label(), std::move(op), {input}));
}

void import_pool(OnnxImport& in, OnnxNode& node) {
  const Value& input = in.input(node, 0);
  expect_map(input);
  const bool ceil_mode = node.attributes.take_int("ceil_mode", 0) != 0;
  const Window w = take_window(node, in.builder.shape(input), {0, 0});
  Pool op{Pool::Kind::max, w.kernel, w.stride, w.dilation, w.pad, ceil_mode && !w.same, false};
  if (node.op == "AveragePool") {
    op.kind = Pool::Kind::average;
    op.count_include_pad = node.attributes.take_int("count_include_pad", 0) != 0;
  } else {
    // Order of the indices, a second output that is refused if it is used.
    node.attributes.take_int("storage_order", 0);
  }
  in.set(node.outputs[0], in.builder.add(node.label(), op, {input}));
}

void import_lrn(OnnxImport& in, OnnxNode& node) {
  const int size = to_int(node.attributes.take_int("size", 0), "size");
  if (size < 1) throw Refusal("its size is missing");
  const Lrn op{size, node.attributes.take_float("alpha", 1e-4f),
               node.attributes.take_float("beta", 0.75f), node.attributes.take_float("bias", 1)};
  in.set(node.outputs[0], in.builder.add(node.label(), op, {in.input(node, 0)}));
}

/// Padding of each axis, before then after: all axes, or those that input 3 names (opset 18).
std::vector<std::pair<int, int>> take_all_pads(OnnxImport& in, OnnxNode& node, int rank) {
  const auto pads = in.take_integers(node, "pads", 1);
  if (!pads) throw Refusal("its padding is missing");
  Dims axes;
  if (const auto given = in.constant_input(node, 3))
    axes = as_integers(*given);
  else
    for (int i = 0; i < rank; ++i) axes.push_back(i);
  if (pads->size() != 2 * axes.size()) throw Refusal("its padding does not fit its axes");
  std::vector<std::pair<int, int>> all(rank);
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

void import_pad(OnnxImport& in, OnnxNode& node) {
  const Value& input = in.input(node, 0);
  const auto pads = take_all_pads(in, node, int(input.dims.size()));
  const float value = take_pad_value(in, node);
  const std::string mode = node.attributes.take_string("mode", "constant");
  const bool nothing = std::all_of(pads.begin(), pads.end(),
                                   [](const auto& p) { return p == std::pair<int, int>{}; });
  if (nothing) {
    in.builder.alias(input, node.label());
    in.set(node.outputs[0], input);
    return;
  }
  if (mode != "constant") throw Refusal("mode '" + mode + "' is not supported");
  expect_map(input);
  for (const auto& [front, behind] : pads)
    if (front < 0 || behind < 0) throw Refusal("negative padding is not supported");
  if (pads[0] != std::pair<int, int>{} || pads[1] != std::pair<int, int>{})
    throw Refusal("padding of the batch or the channels is not supported");
  const Pad op{{pads[2].first, pads[3].first, pads[2].second, pads[3].second}, value};
  in.set(node.outputs[0], in.builder.add(node.label(), op, {input}));
}

}  // namespace

const OnnxHandlers& window_handlers() {
  static const OnnxHandlers table{{"Conv", import_conv},
                                  {"MaxPool", import_pool},
                                  {"AveragePool", import_pool},
                                  {"LRN", import_lrn},
                                  {"Pad", import_pad}};
  return table;
}

}  // namespace rfmap::importing
