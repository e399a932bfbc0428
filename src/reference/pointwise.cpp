#include <cmath>

#include "reference/operations.h"

namespace rfmap::reference {
namespace {

double sigmoid(double x) { return 1 / (1 + std::exp(-x)); }

double softplus(double x) { return x > 30 ? x : std::log1p(std::exp(x)); }

/// Written so that NaN stays NaN.
double bounded(double x, double low, double high) { return x < low ? low : x > high ? high : x; }

double rectified(double x, double below) { return x < 0 ? below : x; }

/// 1 or 0; NaN compares as false.
double condition(const Activation& op, float x) {
  switch (op.kind) {
    case Activation::Kind::greater:
      return x > op.alpha;
    case Activation::Kind::less:
      return x < op.alpha;
    case Activation::Kind::greater_or_equal:
      return x >= op.alpha;
    case Activation::Kind::less_or_equal:
      return x <= op.alpha;
    case Activation::Kind::equal:
      return x == op.alpha;
    default:
      return x == 0;
  }
}

double by_pieces(const Activation& op, double x, float slope) {
  switch (op.kind) {
    case Activation::Kind::relu:
      return rectified(x, 0);
    case Activation::Kind::leaky_relu:
      return rectified(x, op.alpha * x);
    case Activation::Kind::prelu:
      return rectified(x, slope * x);
    case Activation::Kind::clip:
      return bounded(x, op.alpha, op.beta);
    case Activation::Kind::hard_swish:
      return x * bounded(x / 6.0 + 0.5, 0, 1);
    case Activation::Kind::hard_sigmoid:
      return bounded(op.alpha * x + op.beta, 0, 1);
    case Activation::Kind::absolute:
      return std::fabs(x);
    case Activation::Kind::sign:
      return x > 0 ? 1 : x < 0 ? -1 : x;
    case Activation::Kind::floor:
      return std::floor(x);
    case Activation::Kind::ceiling:
      return std::ceil(x);
    case Activation::Kind::round:
      return x - std::remainder(x, 1.0);  // halves to even
    case Activation::Kind::thresholded_relu:
      return x <= op.alpha ? 0 : x;
    case Activation::Kind::shrink:
      return x > op.alpha ? x - op.beta : x < -op.alpha ? x + op.beta : 0 * x;
    default:
      return condition(op, float(x));
  }
}

float activated(const Activation& op, float value, float slope) {
  const double x = value, alpha = op.alpha;
  switch (op.kind) {
    case Activation::Kind::sigmoid:
      return float(sigmoid(x));
    case Activation::Kind::tanh:
      return float(std::tanh(x));
    case Activation::Kind::erf:
      return float(std::erf(x));
    case Activation::Kind::gelu:
      return float(x / 2 * (1 + std::erf(x / std::sqrt(2.0))));
    case Activation::Kind::gelu_tanh:
      return float(x / 2 *
                   (1 + std::tanh(std::sqrt(2 / std::acos(-1.0)) * (x + 0.044715 * x * x * x))));
    case Activation::Kind::swish:
      return float(x * sigmoid(alpha * x));
    case Activation::Kind::mish:
      return float(x * std::tanh(softplus(x)));
    case Activation::Kind::elu:
      return float(rectified(x, alpha * (std::exp(x) - 1)));
    case Activation::Kind::selu:
      return float(op.beta * rectified(x, alpha * (std::exp(x) - 1)));
    case Activation::Kind::celu:
      return float(rectified(x, alpha * (std::exp(x / alpha) - 1)));
    case Activation::Kind::softplus:
      return float(softplus(x));
    case Activation::Kind::softsign:
      return float(x / (1 + std::fabs(x)));
    case Activation::Kind::exponential:
      return float(std::exp(x));
    case Activation::Kind::logarithm:
      return float(std::log(x));
    case Activation::Kind::square_root:
      return float(std::sqrt(x));
    case Activation::Kind::reciprocal:
      return float(1 / x);
    case Activation::Kind::power:
      return float(std::pow(x, alpha));
    case Activation::Kind::sine:
      return float(std::sin(x));
    case Activation::Kind::cosine:
      return float(std::cos(x));
    default:
      return float(by_pieces(op, x, slope));
  }
}

float combined(Elementwise::Kind kind, float a, float b) {
  switch (kind) {
    case Elementwise::Kind::sum:
      return a + b;
    case Elementwise::Kind::product:
      return a * b;
    case Elementwise::Kind::maximum:
      return std::isnan(b) || b > a ? b : a;
    case Elementwise::Kind::minimum:
      return std::isnan(b) || b < a ? b : a;
    case Elementwise::Kind::difference:
      return a - b;
    case Elementwise::Kind::quotient:
      return a / b;
    case Elementwise::Kind::power:
      return float(std::pow(double(a), double(b)));
    case Elementwise::Kind::greater:
      return a > b ? 1 : 0;
    case Elementwise::Kind::less:
      return a < b ? 1 : 0;
    case Elementwise::Kind::greater_or_equal:
      return a >= b ? 1 : 0;
    case Elementwise::Kind::less_or_equal:
      return a <= b ? 1 : 0;
    case Elementwise::Kind::equal:
      return a == b ? 1 : 0;
  }
  return a;
}

/// The number that a cell of the output reads: the only one along axes of extent 1.
float broadcast_at(const Map& map, int c, int y, int x) {
  return map.at(map.shape.c == 1 ? 0 : c, map.shape.h == 1 ? 0 : y, map.shape.w == 1 ? 0 : x);
}

}  // namespace

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

Map run(const Elementwise& op, const Maps& in, const Shape& shape) {
  Map out = make_map(shape);
  for (int c = 0; c < shape.c; ++c)
    for (int y = 0; y < shape.h; ++y)
      for (int x = 0; x < shape.w; ++x) {
        float& value = out.at(c, y, x) = broadcast_at(*in.front(), c, y, x);
        for (std::size_t j = 1; j < in.size(); ++j)
          value = combined(op.kind, value, broadcast_at(*in[j], c, y, x));
      }
  return out;
}

}  // namespace rfmap::reference
