#include "one_operation.h"
#include "rearrangements.h"

using namespace rfmap;
using namespace rfmap::testing_engines;

namespace {

class Reductions : public OnEngine {};

/// 1 to 12 as [2, 2, 3].
const Shape kSmall{2, 2, 3};

struct Sums {
  AxisSet axes;
  std::vector<float> sums;
  int count;  ///< values of a sum
};

/// Sums of 1 to 12 over every set of axes.
const std::vector<Sums> kSums{{{true, false, false}, {8, 10, 12, 14, 16, 18}, 2},
                              {{false, true, false}, {5, 7, 9, 17, 19, 21}, 2},
                              {{false, false, true}, {6, 15, 24, 33}, 3},
                              {{true, true, false}, {22, 26, 30}, 4},
                              {{true, false, true}, {30, 48}, 6},
                              {{false, true, true}, {21, 57}, 6},
                              {{true, true, true}, {78}, 12}};

/// For each of 1 to 12 the number of its sum over `axes`.
std::vector<int> sum_of_each(const AxisSet& axes) {
  std::vector<int> which;
  for (int c = 0; c < 2; ++c)
    for (int y = 0; y < 2; ++y)
      for (int x = 0; x < 3; ++x) {
        int number = axes[0] ? 0 : c;
        if (!axes[1]) number = number * 2 + y;
        if (!axes[2]) number = number * 3 + x;
        which.push_back(number);
      }
  return which;
}

std::vector<float> counted() {
  std::vector<float> values = ramp(kSmall);
  for (float& v : values) ++v;
  return values;
}

TEST_P(Reductions, SumsAndMeansOverEverySetOfAxes) {
  for (const Sums& want : kSums) {
    EXPECT_TRUE(is(run(kSmall, counted(), Reduce{Reduce::Kind::sum, want.axes}), want.sums));
    std::vector<float> means = want.sums;
    for (float& v : means) v /= float(want.count);
    EXPECT_TRUE(
        all_near(run(kSmall, counted(), Reduce{Reduce::Kind::mean, want.axes}), means, 0, 1e-6f));
  }
}

TEST_P(Reductions, ProductsAndExtrema) {
  const auto reduced = [&](Reduce::Kind kind, const AxisSet& axes) {
    return run(kSmall, counted(), Reduce{kind, axes});
  };
  using Kind = Reduce::Kind;
  EXPECT_TRUE(is(reduced(Kind::product, kOverChannels), {7, 16, 27, 40, 55, 72}));
  const float most = GetParam() == "cuda-fp16" ? INFINITY : 665280;  // fp16 ends at 65504
  const std::vector<float> products = reduced(Kind::product, kOverSpace);
  EXPECT_TRUE(is({products[0]}, {720}));
  EXPECT_TRUE(products[1] == most || is({products[1]}, {most}));
  EXPECT_TRUE(is(reduced(Kind::maximum, {true, false, true}), {9, 12}));
  EXPECT_TRUE(is(reduced(Kind::maximum, kOverSpace), {6, 12}));
  EXPECT_TRUE(is(reduced(Kind::minimum, {true, true, false}), {1, 2, 3}));
  EXPECT_TRUE(is(reduced(Kind::minimum, kOverAll), {1}));
  EXPECT_TRUE(is(run({1, 1, 3}, {-1, -5, -2}, Reduce{Kind::maximum, one_axis(2)}), {-1}));
}

// The softmax of logarithms is each number's share of the sum.
TEST_P(Reductions, SoftmaxIsAShareOverEverySetOfAxes) {
  std::vector<float> logs = counted();
  for (float& v : logs) v = std::log(v);
  for (const Sums& sums : kSums) {
    const std::vector<int> which = sum_of_each(sums.axes);
    std::vector<float> shares = counted(), log_shares;
    for (std::size_t i = 0; i < shares.size(); ++i) {
      shares[i] /= sums.sums[which[i]];
      log_shares.push_back(std::log(shares[i]));
    }
    EXPECT_TRUE(all_near(run(kSmall, logs, Softmax{sums.axes}), shares, 1e-6f, 0));
    EXPECT_TRUE(all_near(run(kSmall, logs, Softmax{sums.axes, Softmax::Kind::logarithm}),
                         log_shares, 2e-6f, 0));
  }
}

TEST_P(Reductions, TheLogarithmOfASoftmaxReachesFarBelowItsSmallestNumber) {
  const Softmax op{kOverChannels, Softmax::Kind::logarithm};
  EXPECT_TRUE(is(run({3, 1, 1}, {1000, 0, -1000}, op), {0, -1000, -2000}));
}

TEST_P(Reductions, MeansAreSubtractedOverEverySetOfAxes) {
  for (const Sums& sums : kSums) {
    const std::vector<int> which = sum_of_each(sums.axes);
    std::vector<float> want = counted();
    for (std::size_t i = 0; i < want.size(); ++i)
      want[i] -= sums.sums[which[i]] / float(sums.count);
    const Normalisation op{Normalisation::Kind::centre, sums.axes};
    EXPECT_TRUE(all_near(run(kSmall, counted(), op), want, 2e-6f, 0));
  }
}

TEST_P(Reductions, NormalisationsByTheirFormulas) {
  using Kind = Normalisation::Kind;
  using Guard = Normalisation::Guard;
  struct Case {
    Kind kind;
    Guard guard;
    float epsilon;
    std::vector<float> in, want;
  };
  const float root = std::sqrt(12.5f);
  const Case cases[] = {
      {Kind::standard, Guard::inside_root, 0, {3, 5}, {-1, 1}},
      {Kind::standard, Guard::inside_root, 3, {3, 5}, {-0.5f, 0.5f}},
      {Kind::standard, Guard::added, 1, {3, 5}, {-0.5f, 0.5f}},
      {Kind::standard, Guard::at_least, 4, {3, 5}, {-0.25f, 0.25f}},
      {Kind::rms, Guard::inside_root, 0, {3, -4}, {3 / root, -4 / root}},
      {Kind::rms, Guard::inside_root, 3.5f, {3, -4}, {0.75f, -1}},
      {Kind::l2, Guard::inside_root, 11, {3, -4}, {0.5f, -2 / 3.f}},
      {Kind::l2, Guard::added, 5, {3, -4}, {0.3f, -0.4f}},
      {Kind::l2, Guard::at_least, 1e-12f, {3, -4}, {0.6f, -0.8f}},
      {Kind::l2, Guard::at_least, 1e-12f, {0, 0}, {0, 0}},
      {Kind::l1, Guard::inside_root, 3, {3, -4}, {0.3f, -0.4f}},
      {Kind::l1, Guard::added, 3, {3, -4}, {0.3f, -0.4f}},
      {Kind::l1, Guard::at_least, 10, {3, -4}, {0.3f, -0.4f}},
      {Kind::l1, Guard::at_least, 1, {1, -4}, {0.2f, -0.8f}},
      {Kind::centre, Guard::inside_root, 9, {3, 5}, {-1, 1}},
  };
  for (const Case& c : cases)
    for (int axis : {0, 1, 2}) {
      const Shape shape{axis == 0 ? 2 : 1, axis == 1 ? 2 : 1, axis == 2 ? 2 : 1};
      const Normalisation op{c.kind, one_axis(axis), c.epsilon, c.guard};
      EXPECT_TRUE(all_near(run(shape, c.in, op), c.want, 1e-6f, 0))
          << int(c.kind) << " " << int(c.guard) << " " << axis;
    }
}

/// Matrices [2, 2, 3] in rows 0 and 1 of the input, and a row that becomes [2, 3, 1].
int add_factors(Network& net) {
  net.add(Slice{1, 0, 2}, {0});
  const int row = net.add(Slice{1, 2, 3}, {0});
  return net.add(graph::transposed(net.shape(row), {0, 2, 1}), {row});
}

TEST_P(Reductions, ProductsOfMatricesChannelByChannel) {
  const std::vector<float> in{1, 2, 3, 4, 5, 6, 1, 0, -1, 7, 8, 9, 10, 11, 12, 2, 1, 0};
  Network net({2, 3, 3});
  net.add(MatMul{}, {1, add_factors(net)});
  EXPECT_TRUE(is(last(net, in), {-2, -2, 22, 31}));
  Network shared({2, 3, 3});
  const int second = shared.add(Slice{0, 1, 2}, {add_factors(shared)});
  shared.add(MatMul{}, {1, second});
  EXPECT_TRUE(is(last(shared, in), {4, 13, 22, 31}));
}

TEST_P(Reductions, LargeProductsOfMatrices) {
  const Shape shape{3, 33, 70};
  Draw draw(31);
  const std::vector<float> in = draw.values(shape.volume());
  Network net(shape);
  net.add(MatMul{}, {0, net.add(graph::transposed(shape, {0, 2, 1}), {0})});
  std::vector<float> want;
  for (int g = 0; g < shape.c; ++g)
    for (int a = 0; a < shape.h; ++a)
      for (int b = 0; b < shape.h; ++b) {
        double sum = 0;
        for (int k = 0; k < shape.w; ++k)
          sum += double(in[(g * shape.h + a) * shape.w + k]) * in[(g * shape.h + b) * shape.w + k];
        want.push_back(float(sum));
      }
  EXPECT_TRUE(all_near(last(net, in), want, 2e-5f, 0));
}

INSTANTIATE_TEST_SUITE_P(Engines, Reductions, testing::ValuesIn(engines_under_test()));

}  // namespace
