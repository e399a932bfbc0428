#include <cmath>
#include <functional>
#include <optional>
#include <utility>

#include <gtest/gtest.h>

#include "gradient_differences.h"
#include "rearrangements.h"
#include "taps.h"

// The same of operations over axes and of those that move values.
namespace rfmap {
namespace {

using namespace testing_engines;
using namespace testing_gradients;
using namespace testing_moves;

TEST(GradientDifference, ChannelsAndPoints) {
  Draw draw(9);
  for (int size : {3, 4, 5}) expect_gradient_of(Lrn{size, 0.5f, 0.75f, 1}, {0, 4, {2, 2}});
  expect_gradient_of(Softmax{one_axis(0)}, {0, 4, {2, 2}});
  expect_gradient_of(Softmax{one_axis(2)}, {0, 4, {2, 2}});
  expect_gradient_of(Softmax{kOverAll}, {0, 4, {2, 2}});
  expect_gradient_of(Affine{draw.floats(9), draw.floats(9)}, {0, 4, {2, 2}});
  expect_gradient_of(Affine{draw.floats(9 * 30), nullptr}, {0, 4, {2, 2}});
}

TEST(GradientDifference, Reductions) {
  using Kind = Reduce::Kind;
  expect_gradient_of(Reduce{Kind::sum, kOverChannels}, {0, 0, {2, 2}});
  expect_gradient_of(Reduce{Kind::mean, {true, false, true}}, {0, 0, {3, 0}});
  expect_gradient_of(Reduce{Kind::mean, kOverAll}, {0, 0, {0, 0}});
  expect_gradient_of(Reduce{Kind::sum, kOverSpace}, {0, 5, {0, 0}});
  expect_gradient_of(Reduce{Kind::product, one_axis(2)}, {0, -1, {4, 0}});
  expect_gradient_of(Reduce{Kind::maximum, {true, true, false}}, {0, 0, {0, 3}});
  expect_gradient_of(Reduce{Kind::minimum, one_axis(1)}, {0, 4, {0, 2}});
  expect_gradient_of(Reduce{Kind::minimum, kOverSpace}, {0, 4, {0, 0}});
}

/// d of the product of 2, 0, 3 is 0, 6, 0; of 0, 0, 3 nothing.
TEST(GradientDifference, ProductsWithZeros) {
  Network net({1, 1, 3});
  net.add(Reduce{Reduce::Kind::product, one_axis(2)});
  const auto gradient = [&](const std::vector<float>& image) {
    Gradients gradients(net.graph, {1}, 1);
    gradients.forward(image);
    const auto g = gradients.backward({1, 0, {0, 0}});
    return std::vector<float>(g.begin(), g.end());
  };
  EXPECT_EQ(gradient({2, 0, 3}), (std::vector<float>{0, 6, 0}));
  EXPECT_EQ(gradient({0, 0, 3}), (std::vector<float>{0, 0, 0}));
  EXPECT_EQ(gradient({2, 4, 3}), (std::vector<float>{12, 6, 8}));
}

TEST(GradientDifference, NormalisationsAndSoftmaxOverAxes) {
  using Kind = Normalisation::Kind;
  for (const AxisSet& axes : {kOverChannels, kOverSpace, AxisSet{true, false, true}, kOverAll}) {
    for (const Kind kind : {Kind::standard, Kind::rms, Kind::l2, Kind::l1, Kind::centre})
      for (const auto guard : {Normalisation::Guard::inside_root, Normalisation::Guard::added,
                               Normalisation::Guard::at_least}) {
        SCOPED_TRACE(10 * int(kind) + int(guard));
        expect_gradient_of(Normalisation{kind, axes, 0.1f, guard}, {0, 4, {2, 2}});
      }
    // A divisor that epsilon holds is constant.
    expect_gradient_of(Normalisation{Kind::l2, axes, 100, Normalisation::Guard::at_least},
                       {0, 4, {2, 2}});
    expect_gradient_of(Softmax{axes}, {0, 4, {2, 2}});
    expect_gradient_of(Softmax{axes, Softmax::Kind::logarithm}, {0, 4, {2, 2}});
  }
}

TEST(GradientDifference, ProductsOfMatrices) {
  Draw draw(10);
  Network net({3, 6, 7});
  const int left = net.add(random_conv(draw, 3, 5, {3, 3}));
  const int map = net.add(random_conv(draw, 3, 5, {3, 3}), {0});
  const int right = net.add(graph::transposed(net.shape(map), {0, 2, 1}), {map});
  const int one = net.add(Slice{0, 1, 2}, {right});
  const int own = net.add(graph::transposed(net.shape(left), {0, 2, 1}), {left});
  const int product = net.add(MatMul{}, {left, right});
  const int shared = net.add(MatMul{}, {left, one});
  const int squares = net.add(MatMul{}, {left, own});
  const int twice = net.add(MatMul{}, {squares, squares});
  const auto image = draw.values(net.graph.input().volume());
  expect_gradient(net.graph, {product, 2, {1, 3}}, image);
  expect_gradient(net.graph, {shared, -1, {1, 3}}, image);
  expect_gradient(net.graph, {squares, 3, {2, 2}}, image);
  expect_gradient(net.graph, {twice, 0, {1, 2}}, image, 2e-2);
}

TEST(GradientDifference, Rearrangements) {
  expect_gradient_of(Slice{0, 2, 6}, {0, 1, {2, 2}});
  expect_gradient_of(Slice{1, 2, 5}, {0, 1, {2, 2}});
  expect_gradient_of(Pad{{1, 2, 0, 1}, 0.5f}, {0, 1, {2, 3}});
  const Shape in{9, 6, 5};
  expect_gradient_of(graph::transposed(in, {1, 2, 0}), {0, 1, {2, 3}});
  expect_gradient_of(graph::shuffled(in, 3), {0, 4, {2, 2}});
  expect_gradient_of(depth_to_space(in, 3), {0, 0, {7, 8}});
  expect_gradient_of(stepped(in, 2, 1, 2), {0, 4, {2, 1}});
  expect_gradient_of(flipped(in, 1), {0, 4, {2, 1}});
  expect_gradient_of(Reshape{}, {0, 7, {0, 0}}, {270, 1, 1});
}

/// A value with several readers through one rearrangement: its gradient is their sum.
TEST(GradientDifference, RepeatedValues) {
  Draw draw(17);
  Network net({2, 5, 4});
  net.add(random_conv(draw, 2, 3, {2, 2}));
  net.add(repeated(net.shape(net.last()), 1, 3));
  net.add(repeated(net.shape(net.last()), 0, 2));
  net.add(random_conv(draw, 6, 4, {5, 3}));
  expect_gradient(net.graph, {net.last(), 2, {3, 0}}, draw.values(net.graph.input().volume()));
}

TEST(GradientDifference, ConstantsHaveNone) {
  Draw draw(18);
  Network net({3, 4, 3});
  const int map = net.add(random_conv(draw, 3, 4, {2, 2}), {0});
  const Shape row{4, 1, net.shape(map).w};
  const int constant = net.add(Parameter{draw.floats(row.volume())}, {}, row);
  const int joined = net.add(Concat{1}, {constant, map});
  net.add(random_conv(draw, 4, 2, {3, 2}), {joined});
  expect_gradient(net.graph, {net.last(), 1, {0, 0}}, draw.values(net.graph.input().volume()));
  Gradients gradients(net.graph, {constant}, 1);
  gradients.forward(draw.values(net.graph.input().volume()));
  EXPECT_EQ(gradients.response({constant, 2, {0, 1}}),
            std::get<Parameter>(net.graph.nodes[std::size_t(constant)].op).values->at(5));
  EXPECT_EQ(testing_engines::largest([&] {
              const auto span = gradients.backward({constant, 2, {0, 1}});
              return std::vector<float>(span.begin(), span.end());
            }()),
            0);
}

TEST(GradientDifference, ResampledMaps) {
  Draw draw(10);  // a map of 6 x 5
  const AxisTaps rows = axis_taps(drawn_taps(draw, 6, 9, 3)), same;
  const AxisTaps columns = axis_taps({{{4, 1}}, {{3, 0.5f}, {4, -0.25f}}, {{0, 2}, {1, 1}}, {}});
  expect_gradient_of(Resample{same, columns}, {0, 1, {2, 1}});
  // All rows at once, so that some have taps.
  Network net({2, 8, 7});
  net.add(random_conv(draw, 2, 9, {3, 3}));
  net.add(Resample{rows, columns});
  net.add(Reduce{});
  expect_gradient(net.graph, {net.last(), 4, {0, 0}}, draw.values(net.graph.input().volume()));
}

}  // namespace
}  // namespace rfmap
