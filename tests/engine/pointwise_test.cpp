#include <array>
#include <cmath>

#include "one_operation.h"

using namespace rfmap;
using namespace rfmap::testing_engines;

namespace {

class Pointwise : public OnEngine {};

Activation activation(Activation::Kind kind, float alpha = 0, float beta = 0) {
  return {kind, alpha, beta, nullptr};
}

TEST_P(Pointwise, Activations) {
  const Shape shape{1, 1, 4};
  const std::vector<float> in{-2, -0.5f, 0, 3};
  using Kind = Activation::Kind;
  EXPECT_TRUE(is(run(shape, in, activation(Kind::relu)), {0, 0, 0, 3}));
  EXPECT_TRUE(is(run(shape, in, activation(Kind::leaky_relu, 0.5f)), {-1, -0.25f, 0, 3}));
  EXPECT_TRUE(is(run(shape, in, activation(Kind::clip, -1, 2)), {-1, -0.5f, 0, 2}));
  const auto near = [&](const std::vector<float>& got, const std::vector<float>& want) {
    return all_near(got, want, 1e-6f, 0);
  };
  EXPECT_TRUE(near(run(shape, in, activation(Kind::sigmoid)),
                   {0.11920292f, 0.37754067f, 0.5f, 0.95257413f}));
  EXPECT_TRUE(
      near(run(shape, in, activation(Kind::tanh)), {-0.96402758f, -0.46211716f, 0, 0.99505475f}));
}

/// Values of a function, in double, by its definition.
struct Form {
  Activation op;
  double (*value)(double);
};

double logistic(double x) { return 1 / (1 + std::exp(-x)); }
double log_of_sum(double x) { return std::log(1 + std::exp(x)); }

const Form kForms[] = {
    {{Activation::Kind::hard_swish},
     [](double x) { return x * std::min(1.0, std::max(0.0, x / 6 + 0.5)); }},
    {{Activation::Kind::hard_sigmoid, 0.25f, 0.375f},
     [](double x) { return std::min(1.0, std::max(0.0, 0.25 * x + 0.375)); }},
    {{Activation::Kind::erf}, [](double x) { return std::erf(x); }},
    {{Activation::Kind::gelu}, [](double x) { return x * (1 + std::erf(x / std::sqrt(2))) / 2; }},
    {{Activation::Kind::gelu_tanh},
     [](double x) {
       return x * (1 + std::tanh(std::sqrt(2 / M_PI) * (x + 0.044715 * x * x * x))) / 2;
     }},
    {{Activation::Kind::swish, 1.5f}, [](double x) { return x * logistic(1.5 * x); }},
    {{Activation::Kind::mish}, [](double x) { return x * std::tanh(log_of_sum(x)); }},
    {{Activation::Kind::elu, 0.75f}, [](double x) { return x < 0 ? 0.75 * (std::exp(x) - 1) : x; }},
    {{Activation::Kind::selu, 1.75f, 0.5f},
     [](double x) { return 0.5 * (x < 0 ? 1.75 * (std::exp(x) - 1) : x); }},
    {{Activation::Kind::celu, 0.75f},
     [](double x) { return std::max(0.0, x) + std::min(0.0, 0.75 * (std::exp(x / 0.75) - 1)); }},
    {{Activation::Kind::softplus}, log_of_sum},
    {{Activation::Kind::softsign}, [](double x) { return x / (1 + std::fabs(x)); }},
    {{Activation::Kind::exponential}, [](double x) { return std::exp(x); }},
    {{Activation::Kind::reciprocal}, [](double x) { return 1 / x; }},
    {{Activation::Kind::power, 2}, [](double x) { return x * x; }},
    {{Activation::Kind::power, 3}, [](double x) { return x * x * x; }},
    {{Activation::Kind::power, 5}, [](double x) { return std::pow(x, 5); }},
    {{Activation::Kind::power, -2}, [](double x) { return 1 / (x * x); }},
    {{Activation::Kind::absolute}, [](double x) { return std::fabs(x); }},
    {{Activation::Kind::sign}, [](double x) { return x < 0 ? -1.0 : 1.0; }},
    {{Activation::Kind::sine}, [](double x) { return std::sin(x); }},
    {{Activation::Kind::cosine}, [](double x) { return std::cos(x); }},
    {{Activation::Kind::floor}, [](double x) { return std::floor(x); }},
    {{Activation::Kind::ceiling}, [](double x) { return std::ceil(x); }},
    {{Activation::Kind::thresholded_relu, 0.5f}, [](double x) { return x > 0.5 ? x : 0; }},
    {{Activation::Kind::shrink, 0.5f, 0.25f},
     [](double x) { return x < -0.5  ? x + 0.25
                           : x > 0.5 ? x - 0.25
                                     : 0; }},
};

TEST_P(Pointwise, FunctionsAreWhatTheirDefinitionsSay) {
  const Shape shape{5, 2, 2};  // a partly filled channel block
  const std::vector<float> in{-7,    -4,     -3,      -2.25f, -1.5f, -1,   -0.75f,
                              -0.5f, -0.25f, -0.125f, 0.125f, 0.25f, 0.5f, 0.75f,
                              1,     1.5f,   2.25f,   3,      4,     7};
  for (const Form& form : kForms) {
    std::vector<float> want;
    for (const float x : in) want.push_back(float(form.value(x)));
    EXPECT_TRUE(all_near(run(shape, in, form.op), want, 3e-6f, 3e-6f)) << name_of(form.op.kind);
  }
}

TEST_P(Pointwise, FunctionsOfNumbersAboveZero) {
  const Shape shape{3, 1, 2};
  const std::vector<float> in{0.0625f, 0.25f, 1, 2, 9, 400};
  const Form forms[] = {
      {{Activation::Kind::logarithm}, [](double x) { return std::log(x); }},
      {{Activation::Kind::square_root}, [](double x) { return std::sqrt(x); }},
      {{Activation::Kind::power, 0.5f}, [](double x) { return std::sqrt(x); }},
      {{Activation::Kind::power, -0.5f}, [](double x) { return 1 / std::sqrt(x); }},
      {{Activation::Kind::power, 1.75f}, [](double x) { return std::pow(x, 1.75); }},
  };
  for (const Form& form : forms) {
    std::vector<float> want;
    for (const float x : in) want.push_back(float(form.value(x)));
    EXPECT_TRUE(all_near(run(shape, in, form.op), want, 3e-6f, 3e-6f)) << name_of(form.op.kind);
  }
}

TEST_P(Pointwise, LargeNumbersOverflowNothing) {
  using Kind = Activation::Kind;
  const std::vector<float> in{-1000, -100, 100, 1000};
  const auto is_rectified = [&](const Activation& op) {
    return all_near(run({1, 2, 2}, in, op), {{0, 0, 100, 1000}}, 1e-6f, 0);
  };
  for (const Kind kind : {Kind::gelu, Kind::gelu_tanh, Kind::mish, Kind::softplus})
    EXPECT_TRUE(is_rectified({kind})) << name_of(kind);
  EXPECT_TRUE(is_rectified({Kind::swish, 1}));
  EXPECT_TRUE(
      all_near(run({1, 2, 2}, in, Activation{Kind::elu, 1}), {{-1, -1, 100, 1000}}, 1e-6f, 0));
}

TEST_P(Pointwise, RoundsHalvesToEven) {
  EXPECT_TRUE(is(
      run({1, 2, 3}, {-2.5f, -0.5f, 0.5f, 1.5f, 2.5f, 2.75f}, activation(Activation::Kind::round)),
      {-2, 0, 0, 2, 2, 3}));
}

TEST_P(Pointwise, ConditionsAreOneOrZero) {
  using Kind = Activation::Kind;
  const auto holds = [&](Kind kind) {
    return run({4, 1, 1}, {-1, 0, 0.5f, 2}, activation(kind, 0.5f));
  };
  EXPECT_TRUE(is(holds(Kind::greater), {0, 0, 0, 1}));
  EXPECT_TRUE(is(holds(Kind::less), {1, 1, 0, 0}));
  EXPECT_TRUE(is(holds(Kind::greater_or_equal), {0, 0, 1, 1}));
  EXPECT_TRUE(is(holds(Kind::less_or_equal), {1, 1, 1, 0}));
  EXPECT_TRUE(is(holds(Kind::equal), {0, 0, 1, 0}));
  EXPECT_TRUE(is(holds(Kind::logical_not), {0, 1, 0, 0}));
}

TEST_P(Pointwise, ParametricReluHasOneSlopeOrOneAChannel) {
  Activation op = activation(Activation::Kind::prelu);
  op.slope = numbers({0.5f});
  EXPECT_TRUE(is(run({2, 1, 2}, {-2, 2, -4, 4}, op), {-1, 2, -2, 4}));
  op.slope = numbers({0.5f, 3});
  EXPECT_TRUE(is(run({2, 1, 2}, {-2, 2, -4, 4}, op), {-1, 2, -12, 4}));
}

TEST_P(Pointwise, AffineHasNumbersByChannelOrByValue) {
  const Affine channels{numbers({2, 3}), numbers({0.5f, 1})};
  EXPECT_TRUE(is(run({2, 1, 2}, {1, 2, 3, 4}, channels), {2.5f, 4.5f, 10, 13}));
  const Affine values{numbers({1, 2, 3, 4}), numbers({4, 3, 2, 1})};
  EXPECT_TRUE(is(run({2, 1, 2}, {1, 2, 3, 4}, values), {5, 7, 11, 17}));
}

TEST_P(Pointwise, ElementwiseOfTwoAndThree) {
  using Kind = Elementwise::Kind;
  const std::vector<float> want[] = {{3, 0, 9, 18}, {1, 0, 27, 216}, {1, 0, 3, 6}};
  for (const Kind kind : {Kind::sum, Kind::product, Kind::maximum}) {
    Network net({1, 1, 4});
    net.add(activation(Activation::Kind::clip, -9, 9));
    net.add(Elementwise{kind}, {0, 1, 0});
    EXPECT_TRUE(is(last(net, {1, 0, 3, 6}), want[int(kind)])) << int(kind);
  }
}

/// Of [2, 4, 1, 3] and [4, 2, 1, 3].
TEST_P(Pointwise, ElementwiseOfAPairInItsOrder) {
  using Kind = Elementwise::Kind;
  const std::vector<float> want[] = {{6, 6, 2, 6},  {8, 8, 1, 9},    {4, 4, 1, 3},    {2, 2, 1, 3},
                                     {-2, 2, 0, 0}, {0.5f, 2, 1, 1}, {16, 16, 1, 27}, {0, 1, 0, 0},
                                     {1, 0, 0, 0},  {0, 1, 1, 1},    {1, 0, 1, 1},    {0, 0, 1, 1}};
  ASSERT_EQ(std::size(want), std::size_t(kElementwiseKinds));
  for (int i = 0; i < kElementwiseKinds; ++i) {
    Network net({2, 2, 2});
    const int first = net.add(Slice{0, 0, 1}), second = net.add(Slice{0, 1, 2}, {0});
    net.add(Elementwise{Kind(i)}, {first, second});
    EXPECT_TRUE(all_near(last(net, {2, 4, 1, 3, 4, 2, 1, 3}), want[i], 0, 1e-6f))
        << name_of(Kind(i));
  }
}

/// Differences of a ramp and one channel, row or column of it, in both orders, and of two parts
/// that broadcast along different axes.
TEST_P(Pointwise, ElementwiseBroadcastsAlongAnyAxis) {
  const Shape shape{3, 4, 5};
  const std::vector<float> in = ramp(shape);
  const auto value = [&](int c, int y, int x) { return in[(c * shape.h + y) * shape.w + x]; };
  for (int axis = 0; axis < 3; ++axis)
    for (int other = 0; other < 3; ++other)
      for (const bool swapped : {false, true}) {
        Network net(shape);
        const int part = net.add(Slice{axis, 1, 2});
        const int rest = other == axis ? 0 : net.add(Slice{other, 2, 3}, {0});
        net.add(Elementwise{Elementwise::Kind::difference},
                swapped ? std::vector{rest, part} : std::vector{part, rest});
        const Shape out = net.shape(net.last());
        EXPECT_EQ(out, shape);
        std::vector<float> want;
        for (int c = 0; c < out.c; ++c)
          for (int y = 0; y < out.h; ++y)
            for (int x = 0; x < out.w; ++x) {
              std::array a{c, y, x}, b{c, y, x};
              a[axis] = 1;
              if (other != axis) b[other] = 2;
              const float d = value(a[0], a[1], a[2]) - value(b[0], b[1], b[2]);
              want.push_back(swapped ? -d : d);
            }
        EXPECT_TRUE(is(last(net, in), want)) << axis << " and " << other << ", " << swapped;
      }
}

TEST_P(Pointwise, ElementwiseOfThreeThatBroadcast) {
  Network net({2, 2, 2});
  const int channel = net.add(Slice{0, 0, 1}), row = net.add(Slice{1, 0, 1}, {0});
  net.add(Elementwise{}, {channel, row, channel});
  // Values 1 .. 8: twice channel 0 and row 0 of each channel.
  EXPECT_TRUE(is(last(net, {1, 2, 3, 4, 5, 6, 7, 8}), {3, 6, 7, 10, 7, 10, 11, 14}));
}

TEST_P(Pointwise, ElementwiseSpreadsAChannelsNumberOverSpace) {
  for (const bool gate_first : {false, true}) {
    Network net({2, 1, 2});
    net.add(Reduce{Reduce::Kind::maximum});
    const std::vector<int> inputs = gate_first ? std::vector{1, 0} : std::vector{0, 1};
    net.add(Elementwise{Elementwise::Kind::product}, inputs);
    EXPECT_TRUE(is(last(net, {1, 2, 5, 3}), {2, 4, 25, 15})) << gate_first;
  }
}

TEST_P(Pointwise, SoftmaxOverOneAxisOrAll) {
  const float e = std::exp(1.f);
  const auto soft = [&](float x, float others) { return std::exp(x) / (std::exp(x) + others); };
  const std::vector<float> in{0, 1, 1, 0};  // [2, 1, 2]
  const float low = soft(0, e), high = soft(1, 1);
  EXPECT_TRUE(
      all_near(run({2, 1, 2}, in, Softmax{one_axis(0)}), {{low, high, high, low}}, 1e-6f, 0));
  EXPECT_TRUE(
      all_near(run({2, 1, 2}, in, Softmax{one_axis(2)}), {{low, high, high, low}}, 1e-6f, 0));
  EXPECT_TRUE(is(run({2, 1, 2}, in, Softmax{one_axis(1)}), {1, 1, 1, 1}));
  const float all = 2 + 2 * e;
  EXPECT_TRUE(all_near(run({2, 1, 2}, in, Softmax{kOverAll}),
                       {{1 / all, e / all, e / all, 1 / all}}, 1e-6f, 0));
  // Large values must not overflow.
  EXPECT_TRUE(is(run({2, 1, 1}, {1000, 1000}, Softmax{one_axis(0)}), {0.5f, 0.5f}));
}

TEST_P(Pointwise, ResponseNormalisationCountsItsNeighbours) {
  // Ones; alpha / size = 1, beta = 1, k = 1: the output is 1 / (1 + channels that count).
  for (int size = 1; size <= 6; ++size) {
    for (int channels : {7, 16}) {
      const Lrn op{size, float(size), 1, 1};
      std::vector<float> want;
      for (int c = 0; c < channels; ++c) {
        const int first = std::max(0, c - (size - 1) / 2);
        const int end = std::min(channels, c - (size - 1) / 2 + size);
        want.push_back(1 / float(1 + end - first));
      }
      EXPECT_TRUE(
          all_near(run({channels, 1, 1}, std::vector<float>(channels, 1), op), want, 1e-6f, 0))
          << size << " of " << channels;
    }
  }
}

TEST_P(Pointwise, ResponseNormalisationOfThePaperKeepsLargeValues) {
  const Lrn op{5, 1e-4f, 0.75f, 1};
  const float x = 2138;  // AlexNet's relu1 reaches this
  const std::vector<float> got = run({8, 1, 1}, std::vector<float>(8, x), op);
  const double base = 1 + 1e-4 / 5 * 5 * double(x) * x;
  const double want = x / std::pow(base, 0.75);
  EXPECT_NEAR(got[4], want, 1e-4 + slack_of(GetParam()).operation * want);
}

INSTANTIATE_TEST_SUITE_P(Engines, Pointwise, testing::ValuesIn(engines_under_test()));

}  // namespace
