#include <algorithm>
#include <cmath>
#include <limits>

#include <fmt/format.h>

#include "model/onnx/constants.h"

// Between floats and 8-bit integers: weights of quantised networks.
namespace rfmap::importing {
namespace {

/// For each number of a tensor of `dims`, the number of the scale that applies to `block` of them
/// along an axis.
std::vector<std::size_t> block_indices(const Dims& dims, const Dims& scale, int along,
                                       std::int64_t block) {
  Dims expected = dims;
  expected[along] = (dims[along] + block - 1) / block;
  if (scale != expected) throw Refusal("its scales do not fit its blocks");
  Dims steps = strides(scale);
  const std::int64_t step = std::exchange(steps[along], 0);
  std::vector<std::size_t> indices = strided_indices(dims, steps);
  const AlongAxis all(dims, along);
  for (std::int64_t o = 0; o < all.outer; ++o)
    for (std::int64_t i = 0; i < all.n; ++i)
      for (std::int64_t k = 0; k < all.inner; ++k)
        indices[all.at(o, i, k)] += std::size_t(i / block * step);
  return indices;
}

/// For each number of a tensor of `dims`, the number of a scale of extents `scale` that applies to
/// it.
std::vector<std::size_t> scale_indices(const Dims& dims, const Dims& scale, std::int64_t axis,
                                       std::int64_t block) {
  if (volume(scale) == 1) return std::vector<std::size_t>(volume(dims), 0);
  const int along = resolve_axis(axis, int(dims.size()));
  if (block > 0 && scale.size() == dims.size()) return block_indices(dims, scale, along, block);
  if (block > 0 || scale.size() != 1 || scale[0] != dims[along])
    throw Refusal(
        fmt::format("its scales of {} do not fit axis {} of {}", text(scale), along, text(dims)));
  Dims narrow(dims.size(), 1);
  narrow[along] = scale[0];
  return broadcast_indices(narrow, dims);
}

/// The zero points; as many as scales, or none.
const Constant* zero_points(OnnxImport& in, const OnnxNode& node, std::size_t i,
                            const Constant& scale) {
  if (!has_operand(node, i)) return nullptr;
  const Constant& zero = operand(in, node, i);
  if (zero.size() != scale.size()) throw Refusal("its zero points do not fit its scales");
  return &zero;
}

Constant evaluate_dequantize(OnnxImport& in, OnnxNode& node) {
  const Constant& values = operand(in, node, 0);
  const Constant& scale = operand(in, node, 1);
  const std::int64_t axis = node.attributes.take_int("axis", 1);
  const std::int64_t block = node.attributes.take_int("block_size", 0);
  node.attributes.take_int("output_dtype", 0);
  return dequantised(values, scale, zero_points(in, node, 2, scale), axis, block);
}

Constant evaluate_quantize(OnnxImport& in, OnnxNode& node) {
  const Constant& values = operand(in, node, 0);
  const Constant& scale = operand(in, node, 1);
  const Constant* zero = zero_points(in, node, 2, scale);
  node.attributes.take_int("saturate", 1);
  node.attributes.take_int("precision", 0);
  const std::int64_t axis = node.attributes.take_int("axis", 1);
  const std::int64_t block = node.attributes.take_int("block_size", 0);
  std::int64_t type = node.attributes.take_int("output_dtype", 0);
  if (zero != nullptr) type = zero->type;
  if (zero == nullptr && type == 0) type = onnx::TensorProto::UINT8;
  const IntegerRange range = integer_range(type);
  const auto which = scale_indices(values.dims, scale.dims, axis, block);
  std::vector<std::int64_t> integers(values.size());
  for (std::size_t i = 0; i < integers.size(); ++i) {
    // Divided in float, as runtimes do: near a half the quotient decides.
    const auto steps = float(values.at(i)) / float(scale.at(which[i]));
    const double shifted = std::nearbyint(steps) + (zero ? zero->at(which[i]) : 0);
    integers[i] = std::clamp(whole(shifted), range.least, range.most);
  }
  Constant result = make_constant(values.dims, std::move(integers));
  result.type = int(type);
  return result;
}

/// 256 steps over the range of the values and zero.
Constant evaluate_dynamic_quantize(OnnxImport& in, OnnxNode& node) {
  const Constant& values = operand(in, node, 0);
  float least = 0, most = 0;
  for (std::size_t i = 0; i < values.size(); ++i) {
    least = std::min(least, float(values.at(i)));
    most = std::max(most, float(values.at(i)));
  }
  const float scale = most > least ? (most - least) / 255 : 1;
  const float zero = std::nearbyint(std::clamp(-least / scale, 0.f, 255.f));
  std::vector<std::int64_t> integers(values.size());
  for (std::size_t i = 0; i < integers.size(); ++i)
    integers[i] = std::clamp(whole(std::nearbyint(float(values.at(i)) / scale) + zero),
                             std::int64_t(0), std::int64_t(255));
  const auto set = [&](std::size_t i, Constant value) {
    if (i < node.outputs.size() && !node.outputs[i].empty())
      in.set_constant(node.outputs[i], std::move(value));
  };
  Constant zero_point = make_constant({}, Dims{whole(zero)});
  zero_point.type = onnx::TensorProto::UINT8;
  set(1, make_constant({}, std::vector<float>{scale}));
  set(2, std::move(zero_point));
  Constant result = make_constant(values.dims, std::move(integers));
  result.type = onnx::TensorProto::UINT8;
  return result;
}

}  // namespace

Constant dequantised(const Constant& values, const Constant& scale, const Constant* zero,
                     std::int64_t axis, std::int64_t block) {
  if (zero && zero->size() != scale.size()) throw Refusal("its zero points do not fit its scales");
  const auto which = scale_indices(values.dims, scale.dims, axis, block);
  std::vector<float> floats(values.size());
  for (std::size_t i = 0; i < floats.size(); ++i)
    floats[i] = float((values.at(i) - (zero ? zero->at(which[i]) : 0)) * scale.at(which[i]));
  return make_constant(values.dims, std::move(floats));
}

IntegerRange integer_range(std::int64_t type) {
  switch (type) {
    case onnx::TensorProto::UINT8:
      return {0, 255};
    case onnx::TensorProto::INT8:
      return {-128, 127};
    case onnx::TensorProto::UINT16:
      return {0, 65535};
    case onnx::TensorProto::INT16:
      return {-32768, 32767};
    default:
      throw Refusal("its quantised type is neither of 8 nor of 16 bits");
  }
}

const OnnxEvaluators& quantised_evaluators() {
  static const OnnxEvaluators table{{"QuantizeLinear", evaluate_quantize},
                                    {"DequantizeLinear", evaluate_dequantize},
                                    {"DynamicQuantizeLinear", evaluate_dynamic_quantize}};
  return table;
}

}  // namespace rfmap::importing
