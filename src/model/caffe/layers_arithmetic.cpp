#include <cmath>
#include <memory>
#include <utility>

#include "model/caffe/import.h"

// Softmax, batch normalisation, sums, products and inner products.
namespace rfmap::importing {
namespace {

Value add(CaffeImport& in, const CaffeLayer& layer, const NodeOperation& op) {
  return in.builder.add(label(layer), op, {in.only_bottom(layer)});
}

Value import_softmax(CaffeImport& in, const CaffeLayer& layer) {
  const Value& input = in.only_bottom(layer);
  const int axis = resolve_axis(layer.proto.softmax_param().axis(), int(input.dims.size()));
  return over_axes(in.builder, label(layer), input, {axis}, Softmax{});
}

Value import_batch_norm(CaffeImport& in, const CaffeLayer& layer) {
  const caffe::BatchNormParameter& p = layer.proto.batch_norm_param();
  if (!p.use_global_stats())
    throw Refusal("statistics of the batch (use_global_stats: false) are not supported");
  const std::int64_t channels = in.only_bottom(layer).dims.at(1);
  const Floats mean = in.weights(layer, 0, channels), variance = in.weights(layer, 1, channels);
  const double sum = (*in.weights(layer, 2, 1))[0], factor = sum == 0 ? 0 : 1 / sum;
  std::vector<float> scale(channels), shift(channels);
  for (std::int64_t c = 0; c < channels; ++c) {
    const double s = 1 / std::sqrt((*variance)[c] * factor + double(p.eps()));
    scale[c] = float(s);
    shift[c] = float(-(*mean)[c] * factor * s);
  }
  return add(in, layer,
             Affine{std::make_shared<const std::vector<float>>(std::move(scale)),
                    std::make_shared<const std::vector<float>>(std::move(shift))});
}

/// A weight blob that covers the axes from `axis` on, so that it broadcasts over `input`.
Constant along(const CaffeImport& in, const CaffeLayer& layer, int i, int axis, int num_axes) {
  const Dims& dims = in.only_bottom(layer).dims;
  const int rank = int(dims.size()), first = resolve_axis(axis, rank);
  const int end = num_axes < 0 ? rank : first + num_axes;
  if (first == 0 || end > rank) throw Refusal("its axes do not fit its bottom");
  const Dims spanned(dims.begin() + first, dims.begin() + end);
  Constant constant{spanned, in.weights(layer, i, volume(spanned)), nullptr};
  constant.dims.resize(rank - first, 1);
  return constant;
}

/// Two bottoms: the second covers the first's axes from `axis` on, and axis 0 is the batch.
Value combine(CaffeImport& in, const CaffeLayer& layer, Elementwise::Kind kind, int axis) {
  const Value& first = in.bottom(layer, 0);
  Value second = in.bottom(layer, 1);
  if (layer.proto.bottom_size() > 2) throw Damaged("it has more than two bottoms");
  if (resolve_axis(axis, int(first.dims.size())) != 0)
    throw Refusal("its second bottom has a batch of its own; with axis 0 it is supported");
  if (second.dims.size() > first.dims.size()) throw Refusal("its bottoms do not fit");
  second = with_rank(std::move(second), first.dims.size());
  return elementwise(in.builder, label(layer), kind, {first, second});
}

Value import_scale(CaffeImport& in, const CaffeLayer& layer) {
  const caffe::ScaleParameter& p = layer.proto.scale_param();
  if (layer.proto.bottom_size() > 1) {
    if (p.bias_term()) throw Refusal("a bias beside a second bottom is not supported");
    return combine(in, layer, Elementwise::Kind::product, p.axis());
  }
  const Constant scale = along(in, layer, 0, p.axis(), p.num_axes());
  std::optional<Constant> shift;
  if (p.bias_term()) shift = along(in, layer, 1, p.axis(), p.num_axes());
  return affine(in.builder, label(layer), in.only_bottom(layer), scale, shift);
}

Value import_bias(CaffeImport& in, const CaffeLayer& layer) {
  const caffe::BiasParameter& p = layer.proto.bias_param();
  if (layer.proto.bottom_size() > 1) return combine(in, layer, Elementwise::Kind::sum, p.axis());
  const Constant shift = along(in, layer, 0, p.axis(), p.num_axes());
  return affine(in.builder, label(layer), in.only_bottom(layer), std::nullopt, shift);
}

Value import_eltwise(CaffeImport& in, const CaffeLayer& layer) {
  const caffe::EltwiseParameter& p = layer.proto.eltwise_param();
  using Op = caffe::EltwiseParameter;
  const int count = layer.proto.bottom_size();
  if (p.coeff_size() > 0 && (p.operation() != Op::SUM || p.coeff_size() != count))
    throw Refusal("its coefficients do not go with its bottoms");
  if (count < 2) throw Refusal("it has fewer than two bottoms");
  std::vector<Value> inputs;
  for (int i = 0; i < count; ++i) {
    inputs.push_back(in.bottom(layer, i));
    if (p.coeff_size() > 0 && p.coeff(i) != 1)
      inputs.back() = affine(in.builder, helper(layer, "/input" + std::to_string(i)), inputs.back(),
                             number(p.coeff(i)), std::nullopt);
  }
  const auto kind = p.operation() == Op::PROD  ? Elementwise::Kind::product
                    : p.operation() == Op::SUM ? Elementwise::Kind::sum
                                               : Elementwise::Kind::maximum;
  return elementwise(in.builder, label(layer), kind, inputs);
}

Value import_inner_product(CaffeImport& in, const CaffeLayer& layer) {
  const caffe::InnerProductParameter& p = layer.proto.inner_product_param();
  Value input = in.only_bottom(layer);
  const int axis = resolve_axis(p.axis(), int(input.dims.size()));
  if (axis != 1) throw Refusal("only axis 1 is supported");
  const Shape shape = in.builder.shape(input);
  const std::int64_t inputs = std::int64_t(shape.volume()), outputs = p.num_output();
  FullyConnected op{to_int(outputs, "num_output"), in.weights(layer, 0, volume({outputs, inputs})),
                    nullptr};
  if (p.transpose()) op.weights = transposed(op.weights, inputs, outputs);
  if (p.bias_term()) op.bias = in.weights(layer, 1, outputs);
  if (shape.area() > 1) input = flatten(in.builder, helper(layer, "/flatten"), input, 1);
  Value output = in.builder.add(label(layer), std::move(op), {input});
  return with_rank(std::move(output), 2);
}

}  // namespace

const CaffeHandlers& caffe_arithmetic_handlers() {
  static const CaffeHandlers table{
      {"Softmax", import_softmax}, {"BatchNorm", import_batch_norm},
      {"Scale", import_scale},     {"Bias", import_bias},
      {"Eltwise", import_eltwise}, {"InnerProduct", import_inner_product},
  };
  return table;
}

}  // namespace rfmap::importing
