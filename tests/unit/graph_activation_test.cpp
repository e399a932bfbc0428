// Activations and combinations as the CPU engine, the kernels and the gradient compute them.
#include <algorithm>
#include <cmath>
#include <functional>
#include <limits>
#include <set>
#include <string>
#include <variant>
#include <vector>

#include <gtest/gtest.h>

#include "rfmap/error.h"
#include "rfmap/graph.h"
#include "rfmap/theory.h"

#include "graph/facts.h"
#include "graph_builder.h"

namespace rfmap {

using namespace graph;

namespace {

using Kind = ActivationKind;

/// A function by its definition, in double.
struct Form {
  Kind kind;
  float alpha, beta;
  std::function<double(double)> value;
};

double gate(double x) { return 1 / (1 + std::exp(-x)); }
double unit(double x) { return std::min(1.0, std::max(0.0, x)); }

const double kPi = std::acos(-1.0);

const std::vector<Form>& forms() {
  static const std::vector<Form> all{
      {Kind::relu, 0, 0, [](double x) { return std::max(x, 0.0); }},
      {Kind::leaky_relu, 0.25f, 0, [](double x) { return x < 0 ? x / 4 : x; }},
      {Kind::clip, -1.5f, 2.5f, [](double x) { return std::min(2.5, std::max(-1.5, x)); }},
      {Kind::sigmoid, 0, 0, gate},
      {Kind::tanh, 0, 0, [](double x) { return std::tanh(x); }},
      {Kind::hard_swish, 0, 0, [](double x) { return x * unit(x / 6 + 0.5); }},
      {Kind::hard_sigmoid, 0.25f, 0.375f, [](double x) { return unit(x / 4 + 0.375); }},
      {Kind::erf, 0, 0, [](double x) { return std::erf(x); }},
      {Kind::gelu, 0, 0, [](double x) { return x / 2 * (1 + std::erf(x / std::sqrt(2))); }},
      {Kind::gelu_tanh, 0, 0,
       [](double x) {
         return x / 2 * (1 + std::tanh(std::sqrt(2 / kPi) * (x + 0.044715 * x * x * x)));
       }},
      {Kind::swish, 1.5f, 0, [](double x) { return x * gate(1.5 * x); }},
      {Kind::mish, 0, 0, [](double x) { return x * std::tanh(std::log1p(std::exp(x))); }},
      {Kind::elu, 0.75f, 0, [](double x) { return x < 0 ? 0.75 * std::expm1(x) : x; }},
      {Kind::selu, 1.75f, 1.25f,
       [](double x) { return 1.25 * (x < 0 ? 1.75 * std::expm1(x) : x); }},
      {Kind::celu, 0.75f, 0, [](double x) { return x < 0 ? 0.75 * std::expm1(x / 0.75) : x; }},
      {Kind::softplus, 0, 0, [](double x) { return std::log1p(std::exp(x)); }},
      {Kind::softsign, 0, 0, [](double x) { return x / (1 + std::fabs(x)); }},
      {Kind::exponential, 0, 0, [](double x) { return std::exp(x); }},
      {Kind::logarithm, 0, 0, [](double x) { return std::log(x); }},
      {Kind::square_root, 0, 0, [](double x) { return std::sqrt(x); }},
      {Kind::reciprocal, 0, 0, [](double x) { return 1 / x; }},
      {Kind::power, 0, 0, [](double) { return 1.0; }},
      {Kind::power, 1, 0, [](double x) { return x; }},
      {Kind::power, 2, 0, [](double x) { return x * x; }},
      {Kind::power, 3, 0, [](double x) { return x * x * x; }},
      {Kind::power, 4, 0, [](double x) { return x * x * x * x; }},
      {Kind::power, -1, 0, [](double x) { return 1 / x; }},
      {Kind::power, -3, 0, [](double x) { return 1 / (x * x * x); }},
      {Kind::power, 0.5f, 0, [](double x) { return std::sqrt(x); }},
      {Kind::power, -0.5f, 0, [](double x) { return 1 / std::sqrt(x); }},
      {Kind::power, 1.75f, 0, [](double x) { return std::pow(x, 1.75); }},
      {Kind::absolute, 0, 0, [](double x) { return std::fabs(x); }},
      {Kind::sign, 0, 0, [](double x) { return x < 0   ? -1.0
                                               : x > 0 ? 1.0
                                                       : 0.0; }},
      {Kind::sine, 0, 0, [](double x) { return std::sin(x); }},
      {Kind::cosine, 0, 0, [](double x) { return std::cos(x); }},
      {Kind::floor, 0, 0, [](double x) { return std::floor(x); }},
      {Kind::ceiling, 0, 0, [](double x) { return std::ceil(x); }},
      {Kind::round, 0, 0, [](double x) { return std::floor(x + 0.5); }},
      {Kind::thresholded_relu, 0.7f, 0, [](double x) { return x > 0.7f ? x : 0; }},
      {Kind::shrink, 0.7f, 0.5f,
       [](double x) { return x > 0.7f    ? x - 0.5
                             : x < -0.7f ? x + 0.5
                                         : 0; }},
      {Kind::greater, 0.7f, 0, [](double x) { return x > 0.7f ? 1.0 : 0.0; }},
      {Kind::less, 0.7f, 0, [](double x) { return x < 0.7f ? 1.0 : 0.0; }},
      {Kind::greater_or_equal, 0.7f, 0, [](double x) { return x >= 0.7f ? 1.0 : 0.0; }},
      {Kind::less_or_equal, 0.7f, 0, [](double x) { return x <= 0.7f ? 1.0 : 0.0; }},
  };
  return all;
}

/// From -9 to 9, at least 0.003 from every kink and every step.
std::vector<float> places() {
  std::vector<float> all;
  for (int i = -300; i <= 300; ++i) {
    const double x = i * 0.03 + 0.0141;
    const double halves = 2 * x - std::round(2 * x), threshold = std::fabs(x) - 0.7;
    if (std::fabs(halves) > 0.01 && std::fabs(threshold) > 0.003) all.push_back(float(x));
  }
  return all;
}

TEST(Activations, HaveTheValuesOfTheirDefinitions) {
  std::set<Kind> seen;
  for (const Form& form : forms()) {
    seen.insert(form.kind);
    for (const float x : places()) {
      const double want = form.value(x);
      if (!std::isfinite(want)) continue;
      ASSERT_NEAR(value_of(form.kind, x, form.alpha, form.beta), want,
                  3e-6 * std::max(1.0, std::fabs(want)))
          << name_of(form.kind) << " of " << x;
    }
  }
  EXPECT_EQ(seen.size() + 3, std::size_t(kActivationKinds));  // prelu, equal, logical_not
}

TEST(Activations, HaveTheSlopesOfTheirDefinitions) {
  constexpr double kStep = 1e-4;
  for (const Form& form : forms())
    for (const float x : places()) {
      const double above = form.value(x + kStep), below = form.value(x - kStep);
      if (!std::isfinite(above) || !std::isfinite(below)) continue;
      const double want = (above - below) / (2 * kStep);
      const float y = value_of(form.kind, x, form.alpha, form.beta);
      // The difference's own error is 2e-9 of the third derivative, which is large near a pole.
      const bool has_pole =
          form.kind == Kind::power || form.kind == Kind::reciprocal || form.kind == Kind::logarithm;
      const double slack = has_pole ? 1e-3 : 2e-5;
      ASSERT_NEAR(slope_of(form.kind, x, y, form.alpha, form.beta), want,
                  slack * std::max(1.0, std::fabs(want)))
          << name_of(form.kind) << ", alpha " << form.alpha << ", at " << x;
    }
}

TEST(Activations, OfLargeNumbersAreFinite) {
  for (const Form& form : forms()) {
    const bool grows = form.kind == Kind::exponential || form.kind == Kind::power;
    for (const float x : {-1e4f, -100.f, 100.f, 1e4f}) {
      if (grows || !std::isfinite(form.value(x))) continue;
      const float y = value_of(form.kind, x, form.alpha, form.beta);
      EXPECT_TRUE(std::isfinite(y)) << name_of(form.kind) << " of " << x;
      EXPECT_TRUE(std::isfinite(slope_of(form.kind, x, y, form.alpha, form.beta)))
          << name_of(form.kind) << " at " << x;
    }
  }
  EXPECT_EQ(value_of(Kind::softplus, 1000, 0, 0), 1000);
  EXPECT_EQ(value_of(Kind::mish, 1000, 0, 0), 1000);
  EXPECT_EQ(slope_of(Kind::mish, 1000, 1000, 0, 0), 1);
}

TEST(Activations, KeepNaNExceptInConditions) {
  const float nan = std::numeric_limits<float>::quiet_NaN();
  for (int i = 0; i < kActivationKinds; ++i) {
    const auto kind = Kind(i);
    const float y = value_of(kind, nan, 0.3f, 0.6f);
    if (is_condition(kind))
      EXPECT_EQ(y, 0) << name_of(kind);
    else
      EXPECT_TRUE(std::isnan(y)) << name_of(kind);
  }
}

TEST(Activations, StepsAtTheirThresholds) {
  EXPECT_EQ(value_of(Kind::thresholded_relu, 0.5f, 0.5f, 0), 0);
  EXPECT_EQ(value_of(Kind::shrink, 0.5f, 0.5f, 0.25f), 0);
  EXPECT_EQ(value_of(Kind::shrink, -0.5f, 0.5f, 0.25f), 0);
  EXPECT_EQ(value_of(Kind::greater, 0.5f, 0.5f, 0), 0);
  EXPECT_EQ(value_of(Kind::greater_or_equal, 0.5f, 0.5f, 0), 1);
  EXPECT_EQ(value_of(Kind::less, 0.5f, 0.5f, 0), 0);
  EXPECT_EQ(value_of(Kind::less_or_equal, 0.5f, 0.5f, 0), 1);
  EXPECT_EQ(value_of(Kind::equal, 0.5f, 0.5f, 0), 1);
  EXPECT_EQ(value_of(Kind::equal, 0.25f, 0.5f, 0), 0);
  EXPECT_EQ(value_of(Kind::logical_not, 0, 0, 0), 1);
  EXPECT_EQ(value_of(Kind::logical_not, 0.5f, 0, 0), 0);
  EXPECT_EQ(value_of(Kind::sign, 0, 0, 0), 0);
  EXPECT_EQ(value_of(Kind::round, 2.5f, 0, 0), 2);
  EXPECT_EQ(value_of(Kind::round, 3.5f, 0, 0), 4);
  EXPECT_EQ(value_of(Kind::round, -0.5f, 0, 0), 0);
}

TEST(Activations, HaveTheSignsThatTheirFactsState) {
  for (const Form& form : forms())
    for (const float x : places()) {
      const float y = value_of(form.kind, x, form.alpha, form.beta);
      const bool promised = is_non_negative(form.kind, form.alpha) ||
                            (x >= 0 && keeps_non_negative(form.kind, form.alpha, form.beta));
      EXPECT_FALSE(promised && y < 0) << name_of(form.kind) << " of " << x;
    }
  EXPECT_TRUE(is_even_power(2) && is_even_power(-4) && is_even_power(0));
  EXPECT_FALSE(is_even_power(1) || is_even_power(3) || is_even_power(0.5f));
  EXPECT_FALSE(keeps_non_negative(Kind::clip, -2, -1));
  EXPECT_FALSE(keeps_non_negative(Kind::shrink, 0.25f, 0.5f));
}

Facts facts_of_pair(ElementwiseKind kind, const std::vector<Shape>& inputs) {
  const std::string node = "pair", name = name_of(kind);
  return Elementwise{kind}.facts({node, name, inputs, {}});
}

TEST(Combinations, ReadOnePlaceAlongAxesOfExtentOne) {
  const Facts facts = facts_of_pair(ElementwiseKind::difference, {{4, 1, 5}, {1, 6, 5}});
  EXPECT_EQ(facts.shape, (Shape{4, 6, 5}));
  EXPECT_EQ(facts.sign, Sign::any);
  ASSERT_EQ(facts.inputs.size(), 2u);
  EXPECT_TRUE(std::holds_alternative<Broadcast>(facts.inputs[0].y));
  EXPECT_TRUE(std::holds_alternative<Sliding>(facts.inputs[0].x));
  EXPECT_TRUE(std::holds_alternative<SameChannel>(facts.inputs[0].channels));
  EXPECT_TRUE(std::holds_alternative<Sliding>(facts.inputs[1].y));
  EXPECT_TRUE(std::holds_alternative<Sliding>(facts.inputs[1].x));
  EXPECT_TRUE(std::holds_alternative<AllChannels>(facts.inputs[1].channels));
}

/// Row 2 of a map as a factor of all its rows.
TEST(Combinations, SeeTheOnePlaceFromEverywhereAlongThatAxisAlone) {
  test::GraphBuilder net({1, 7, 9});
  const int map = net.conv("map", 0, {3, 1, 1}, 4);
  const int row = net.add("row", Slice{1, 2, 3}, {map});
  const int product = net.add("product", Elementwise{Elementwise::Kind::product}, {row, map});
  EXPECT_EQ(neuron_box(net.graph, product, {5, 4}).clipped, (Rect{1, 3, 7, 6}));
  EXPECT_EQ(neuron_box(net.graph, product, {2, 4}).clipped, (Rect{1, 3, 4, 6}));
  const Field field = theoretical_fields(net.graph)[product];
  EXPECT_FALSE(field.global);
  EXPECT_EQ(field.x.size(), 3);
  EXPECT_EQ(field.x.stride(), 1);
  // One channel as a factor of the others: the same places.
  const int channel = net.add("channel", Slice{0, 1, 2}, {map});
  const int both = net.add("both", Elementwise{Elementwise::Kind::product}, {channel, map});
  EXPECT_EQ(neuron_box(net.graph, both, {5, 4}).clipped, (Rect{4, 3, 7, 6}));
}

TEST(Combinations, TakeTwoInputsWhereTheOrderMatters) {
  const Shape s{2, 3, 3};
  for (int i = 0; i < kElementwiseKinds; ++i) {
    const auto kind = ElementwiseKind(i);
    if (is_commutative(kind))
      EXPECT_EQ(facts_of_pair(kind, {s, s, s}).shape, s);
    else
      EXPECT_THROW(facts_of_pair(kind, {s, s, s}), ModelError);
  }
}

TEST(Combinations, KeepNaNExceptInConditions) {
  const float nan = std::numeric_limits<float>::quiet_NaN();
  for (int i = 0; i < kElementwiseKinds; ++i) {
    const auto kind = ElementwiseKind(i);
    for (const float y : {value_of(kind, nan, 2), value_of(kind, 2, nan)})
      if (is_condition(kind))
        EXPECT_EQ(y, 0) << name_of(kind);
      else
        EXPECT_TRUE(std::isnan(y)) << name_of(kind);
  }
}

}  // namespace
}  // namespace rfmap
