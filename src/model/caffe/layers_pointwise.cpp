#include <cmath>
#include <utility>

#include "model/caffe/import.h"

// Activations and other functions of one number.
namespace rfmap::importing {
namespace {

Value add_function(CaffeImport& in, const CaffeLayer& layer, const Value& input, Activation op) {
  return in.builder.add(label(layer), std::move(op), {input});
}

Value add_function(CaffeImport& in, const CaffeLayer& layer, Activation op) {
  return add_function(in, layer, in.only_bottom(layer), std::move(op));
}

template <Activation::Kind kind>
Value import_activation(CaffeImport& in, const CaffeLayer& layer) {
  return add_function(in, layer, {kind});
}

Value import_relu(CaffeImport& in, const CaffeLayer& layer) {
  const float slope = layer.proto.relu_param().negative_slope();
  if (slope == 0) return add_function(in, layer, {Activation::Kind::relu});
  return add_function(in, layer, {Activation::Kind::leaky_relu, slope});
}

Value import_prelu(CaffeImport& in, const CaffeLayer& layer) {
  const std::int64_t slopes =
      layer.proto.prelu_param().channel_shared() ? 1 : in.only_bottom(layer).dims.at(1);
  return add_function(in, layer, {Activation::Kind::prelu, 0, 0, in.weights(layer, 0, slopes)});
}

Value import_relu6(CaffeImport& in, const CaffeLayer& layer) {
  return add_function(in, layer, {Activation::Kind::clip, 0, 6});
}

Value import_clip(CaffeImport& in, const CaffeLayer& layer) {
  const caffe::ClipParameter& p = layer.proto.clip_param();
  if (!p.has_min() || !p.has_max()) throw Refusal("its bounds are missing");
  return add_function(in, layer, {Activation::Kind::clip, p.min(), p.max()});
}

Value import_elu(CaffeImport& in, const CaffeLayer& layer) {
  return add_function(in, layer, {Activation::Kind::elu, layer.proto.elu_param().alpha()});
}

Value import_swish(CaffeImport& in, const CaffeLayer& layer) {
  return add_function(in, layer, {Activation::Kind::swish, layer.proto.swish_param().beta()});
}

Value import_threshold(CaffeImport& in, const CaffeLayer& layer) {
  return add_function(in, layer,
                      {Activation::Kind::greater, layer.proto.threshold_param().threshold()});
}

/// scale * bottom + shift under this label; the bottom itself if that is the same.
Value scaled(CaffeImport& in, const CaffeLayer& layer, const Label& label, double scale,
             double shift) {
  const Value& bottom = in.only_bottom(layer);
  if (scale == 1 && shift == 0) return bottom;
  return affine(in.builder, label, bottom, number(float(scale)), number(float(shift)));
}

/// (scale x + shift)^power
Value import_power(CaffeImport& in, const CaffeLayer& layer) {
  const caffe::PowerParameter& p = layer.proto.power_param();
  if (p.power() == 1)
    return affine(in.builder, label(layer), in.only_bottom(layer), number(p.scale()),
                  number(p.shift()));
  return add_function(in, layer, scaled(in, layer, helper(layer, "/scaled"), p.scale(), p.shift()),
                      {Activation::Kind::power, p.power()});
}

/// The natural logarithm of a base, of which -1 means e.
double log_of_base(float base) {
  if (base == -1) return 1;
  if (!(base > 0)) throw Damaged("its base has to be above 0");
  return std::log(double(base));
}

/// base^(scale x + shift)
Value import_exp(CaffeImport& in, const CaffeLayer& layer) {
  const caffe::ExpParameter& p = layer.proto.exp_param();
  const double factor = log_of_base(p.base());
  return add_function(
      in, layer,
      scaled(in, layer, helper(layer, "/exponent"), factor * p.scale(), factor * p.shift()),
      {Activation::Kind::exponential});
}

/// The logarithm of scale x + shift to a base.
Value import_log(CaffeImport& in, const CaffeLayer& layer) {
  const caffe::LogParameter& p = layer.proto.log_param();
  const double divisor = log_of_base(p.base());
  if (divisor == 0) throw Damaged("its base is 1");
  const Value scale = scaled(in, layer, helper(layer, "/scaled"), p.scale(), p.shift());
  const Activation logarithm{Activation::Kind::logarithm};
  if (divisor == 1) return add_function(in, layer, scale, logarithm);
  const Value natural = in.builder.add(helper(layer, "/natural"), logarithm, {scale});
  return affine(in.builder, label(layer), natural, number(float(1 / divisor)), std::nullopt);
}

}  // namespace

const CaffeHandlers& caffe_pointwise_handlers() {
  using Kind = Activation::Kind;
  static const CaffeHandlers table{
      {"ReLU", import_relu},
      {"PReLU", import_prelu},
      {"ReLU6", import_relu6},
      {"Clip", import_clip},
      {"ELU", import_elu},
      {"Swish", import_swish},
      {"Threshold", import_threshold},
      {"Power", import_power},
      {"Exp", import_exp},
      {"Log", import_log},
      {"Sigmoid", import_activation<Kind::sigmoid>},
      {"TanH", import_activation<Kind::tanh>},
      {"AbsVal", import_activation<Kind::absolute>},
      {"BNLL", import_activation<Kind::softplus>},
      {"Mish", import_activation<Kind::mish>},
      {"HardSwish", import_activation<Kind::hard_swish>},
  };
  return table;
}

}  // namespace rfmap::importing
