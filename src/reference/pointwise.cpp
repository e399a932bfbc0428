#include <algorithm>
#include <cmath>

#include "reference/operations.h"

namespace rfmap::reference {
namespace {

/// Written so that NaN stays NaN.
float activated(const Activation& op, float x, float slope) {
  switch (op.kind) {
    case Activation::Kind::relu:
      return x < 0 ? 0 : x;
    case Activation::Kind::leaky_relu:
      return x < 0 ? op.alpha * x : x;
    case Activation::Kind::prelu:
      return x < 0 ? slope * x : x;
    case Activation::Kind::clip:
      return x < op.alpha ? op.alpha : x > op.beta ? op.beta : x;
    case Activation::Kind::sigmoid:
      return float(1 / (1 + std::exp(-double(x))));
    case Activation::Kind::tanh:
      return float(std::tanh(double(x)));
    case Activation::Kind::hard_swish:
      return float(x * std::clamp(x / 6.0 + 0.5, 0.0, 1.0));
  }
  return x;
}

float combined(Elementwise::Kind kind, float a, float b) {
  switch (kind) {
    case Elementwise::Kind::sum:
      return a + b;
    case Elementwise::Kind::product:
      return a * b;
    case Elementwise::Kind::maximum:
      return a < b ? b : a;
  }
  return a;
}

}  // namespace

template <>
Map run(const Activation& op, const Maps& inputs, const Shape&) {
  const Map& in = *inputs.front();
  Map out = make_map(in.shape);
  for (std::size_t i = 0; i < in.values.size(); ++i) {
    const std::size_t channel = i / in.shape.area();
    const float slope = !op.slope ? 0 : (*op.slope)[op.slope->size() == 1 ? 0 : channel];
    out.values[i] = activated(op, in.values[i], slope);
  }
  return out;
}

template <>
Map run(const Affine& op, const Maps& inputs, const Shape&) {
  const Map& in = *inputs.front();
  Map out = make_map(in.shape);
  const auto number = [&](const std::vector<float>& v, std::size_t i) {
    return v.size() == std::size_t(in.shape.c) ? v[i / in.shape.area()] : v[i];
  };
  for (std::size_t i = 0; i < in.values.size(); ++i) {
    const double scale = op.scale ? number(*op.scale, i) : 1;
    const double shift = op.shift ? number(*op.shift, i) : 0;
    out.values[i] = float(in.values[i] * scale + shift);
  }
  return out;
}

template <>
Map run(const Elementwise& op, const Maps& in, const Shape& shape) {
  Map out = make_map(shape);
  const auto value = [](const Map& map, const Shape& full, std::size_t i) {
    return map.values.size() == full.volume() ? map.values[i] : map.values[i / full.area()];
  };
  for (std::size_t i = 0; i < out.values.size(); ++i) {
    out.values[i] = value(*in.front(), shape, i);
    for (std::size_t j = 1; j < in.size(); ++j)
      out.values[i] = combined(op.kind, out.values[i], value(*in[j], shape, i));
  }
  return out;
}

}  // namespace rfmap::reference
