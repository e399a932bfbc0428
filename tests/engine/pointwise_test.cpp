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
  const auto near = [](const std::vector<float>& got, const std::vector<float>& want) {
    return all_near(got, want, 1e-6f, 0);
  };
  EXPECT_TRUE(near(run(shape, in, activation(Kind::sigmoid)),
                   {0.11920292f, 0.37754067f, 0.5f, 0.95257413f}));
  EXPECT_TRUE(
      near(run(shape, in, activation(Kind::tanh)), {-0.96402758f, -0.46211716f, 0, 0.99505475f}));
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
  EXPECT_NEAR(got[4], x / std::pow(base, 0.75), 1e-4);
}

INSTANTIATE_TEST_SUITE_P(Engines, Pointwise, testing::ValuesIn(engines_under_test()));

}  // namespace
