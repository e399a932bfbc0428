#include <memory>
#include <string>
#include <vector>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "rfmap/error.h"
#include "rfmap/graph.h"

#include "graph/rearrange.h"

namespace rfmap {
namespace {

using testing::HasSubstr;

/// Counts windows one by one as long as they fit. With ceil_mode they may extend beyond the padded
/// map by less than a stride, but none may start in the end padding.
int count_windows(int n, int kernel, int stride, int pad, bool ceil_mode) {
  int count = 0;
  for (int start = -pad; start + kernel <= n + pad + (ceil_mode ? stride - 1 : 0); start += stride)
    if (!ceil_mode || start < n) ++count;
  return count;
}

TEST(OutputShape, PoolingAgreesWithCountingWindows) {
  int cases = 0;
  for (int n = 1; n <= 12; ++n)
    for (int kernel = 1; kernel <= 4; ++kernel)
      for (int stride = 1; stride <= 4; ++stride)
        for (int pad = 0; pad <= kernel / 2; ++pad)
          for (bool ceil_mode : {false, true}) {
            const int expected = count_windows(n, kernel, stride, pad, ceil_mode);
            if (expected == 0) continue;
            Pool pool;
            pool.kernel = {kernel, kernel};
            pool.stride = {stride, stride};
            pool.pad = {pad, pad, pad, pad};
            pool.ceil_mode = ceil_mode;
            const Shape out = output_shape("pool", pool, {{3, n, n}});
            ASSERT_EQ(out, (Shape{3, expected, expected}))
                << n << " " << kernel << " " << stride << " " << pad << " " << ceil_mode;
            ++cases;
          }
  EXPECT_GT(cases, 600);
}

TEST(OutputShape, KnownPoolings) {
  const auto side = [](int n, int kernel, int stride, int pad, bool ceil_mode) {
    Pool pool;
    pool.kernel = {kernel, kernel};
    pool.stride = {stride, stride};
    pool.pad = {pad, pad, pad, pad};
    pool.ceil_mode = ceil_mode;
    return output_shape("pool", pool, {{1, n, n}}).h;
  };
  EXPECT_EQ(side(112, 3, 2, 0, true), 56);   // GoogLeNet
  EXPECT_EQ(side(112, 3, 2, 1, false), 56);  // ResNet
  EXPECT_EQ(side(5, 2, 2, 1, true), 3);      // a fourth would start in the end padding
  EXPECT_EQ(side(1, 2, 2, 0, true), 1);      // cut off, but it starts inside
}

TEST(OutputShape, ConvolutionsHonourDilationAndAsymmetricPadding) {
  Conv conv;
  conv.kernel = {3, 5};
  conv.stride = {2, 1};
  conv.dilation = {2, 1};
  conv.pad = {1, 0, 2, 3};
  conv.out_channels = 8;
  conv.groups = 2;
  // rows: (10 + 3 - 5) / 2 + 1, columns: (7 + 3 - 5) + 1
  EXPECT_EQ(output_shape("conv", conv, {{4, 10, 7}}), (Shape{8, 5, 6}));
}

TEST(OutputShape, TheOtherOperations) {
  const Shape in{4, 6, 5};
  EXPECT_EQ(output_shape("n", Reduce{}, {in}), (Shape{4, 1, 1}));
  EXPECT_EQ(output_shape("n", Reduce{Reduce::Kind::sum, {true, false, true}}, {in}),
            (Shape{1, 6, 1}));
  EXPECT_EQ(output_shape("n", MatMul{}, {in, {4, 5, 3}}), (Shape{4, 6, 3}));
  EXPECT_EQ(output_shape("n", MatMul{}, {in, {1, 5, 7}}), (Shape{4, 6, 7}));
  EXPECT_EQ(output_shape("n", Normalisation{}, {in}), in);
  EXPECT_EQ(output_shape("n", Activation{}, {in}), in);
  EXPECT_EQ(output_shape("n", Elementwise{}, {{4, 1, 1}, in}), in);
  EXPECT_EQ(output_shape("n", Concat{0}, {in, {3, 6, 5}}), (Shape{7, 6, 5}));
  EXPECT_EQ(output_shape("n", Concat{2}, {in, {4, 6, 2}}), (Shape{4, 6, 7}));
  EXPECT_EQ(output_shape("n", Slice{1, 2, 5}, {in}), (Shape{4, 3, 5}));
  EXPECT_EQ(output_shape("n", Pad{{1, 2, 3, -1}}, {in}), (Shape{4, 10, 6}));
  EXPECT_EQ(output_shape("n", Reshape{}, {in}, {2, 10, 6}), (Shape{2, 10, 6}));
  EXPECT_EQ(output_shape("n", graph::transposed(in, {1, 2, 0}), {in}), (Shape{6, 5, 4}));
  EXPECT_EQ(output_shape("n", FullyConnected{10}, {{120, 1, 1}}), (Shape{10, 1, 1}));
  EXPECT_EQ(output_shape("n", Input{}, {}, in), in);
}

Floats floats(std::size_t n) { return std::make_shared<const std::vector<float>>(n, 1.f); }

struct Wrong {
  NodeOperation op;
  std::vector<Shape> inputs;
  std::string says;
};

TEST(OutputShape, ErrorsNameTheNodeAndTheProblem) {
  Conv large{{11, 11}};
  large.out_channels = 8;
  Conv grouped{{1, 1}};
  grouped.out_channels = 8;
  grouped.groups = 3;
  Conv weighted{{3, 3}};
  weighted.out_channels = 2;
  weighted.weights = floats(17);
  const Shape in{4, 6, 5};
  const std::vector<Wrong> table = {
      {large, {in}, "11 x 11 kernel does not fit"},
      {grouped, {in}, "3 groups do not divide 4 input"},
      {weighted, {in}, "hold 17 numbers where 72"},
      {Affine{floats(3), nullptr}, {in}, "holds 3 numbers"},
      {Elementwise{}, {in, {4, 6, 4}}, "neither equal"},
      {Elementwise{}, {in}, "two or more"},
      {Concat{0}, {in, {4, 6, 4}}, "differ"},
      {Slice{0, 2, 9}, {in}, "2 to 9 along axis 0"},
      {Reshape{}, {in}, "cannot take the shape"},
      {graph::transposed({4, 6, 7}, {1, 2, 0}), {in}, "0 to 6 along axis 2"},
      {FullyConnected{3}, {in}, "flattened first"},
      {Pad{{-6, 0, 0, 0}}, {in}, "side of 0"},
      {Activation{}, {in, in}, "2 inputs"},
      {Conv{}, {in}, "no output channels"},
      {Reduce{Reduce::Kind::sum, {}}, {in}, "none of the axes"},
      {Softmax{{}}, {in}, "none of the axes"},
      {Normalisation{Normalisation::Kind::l2, {}}, {in}, "none of the axes"},
      {MatMul{}, {in, {4, 6, 5}}, "4 x 6 x 5 and 4 x 6 x 5 cannot be multiplied"},
      {MatMul{}, {in, {2, 5, 5}}, "cannot be multiplied"},
      {MatMul{}, {in}, "1 inputs"},
  };
  for (const Wrong& wrong : table) {
    SCOPED_TRACE(kind_name(wrong.op));
    try {
      output_shape("fire2/squeeze", wrong.op, wrong.inputs);
      ADD_FAILURE() << "accepted";
    } catch (const ModelError& error) {
      EXPECT_THAT(error.what(), HasSubstr("'fire2/squeeze' (" + kind_name(wrong.op) + ")"));
      EXPECT_THAT(error.what(), HasSubstr(wrong.says));
    }
  }
}

}  // namespace
}  // namespace rfmap
