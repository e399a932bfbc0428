#include "kernels/lines.h"

#include "kernels/reduce.h"
#include "one_layer.h"

using namespace rfmap;
using namespace rfmap::kernels;
using namespace rfmap::testing_kernels;

namespace {

const std::vector<Shape> kLineShapes{{1, 1, 1}, {3, 4, 5}, {8, 3, 2}, {77, 2, 1}, {2, 40, 3}};

/// Calls `check(axes, shape)` for the seven sets of axes and some shapes.
template <class Check>
void for_lines(const Check& check) {
  for (int bits = 1; bits < 8; ++bits)
    for (const Shape& shape : kLineShapes)
      check(AxisSet{(bits & 1) != 0, (bits & 2) != 0, (bits & 4) != 0}, shape);
}

TEST(KernelSoftmax, EverySetOfAxes) {
  for_lines([](const AxisSet& axes, const Shape& shape) {
    for (const auto kind : {Softmax::Kind::probability, Softmax::Kind::logarithm})
      expect_operation(
          Softmax{axes, kind}, shape,
          [&](const Tensor& out, const Tensor& in) {
            spread(out, SoftmaxLines{in, axes_of(axes), kind}, HostLoop{});
          },
          5e-6f);
  });
}

TEST(KernelSoftmax, LargeLogits) {
  for (const auto kind : {Softmax::Kind::probability, Softmax::Kind::logarithm}) {
    Buffer in(DType::f32, 1, {3, 1, 1}), out(DType::f32, 1, {3, 1, 1});
    for (int c = 0; c < 3; ++c) in.set(0, c, 0, 0, 1000.f * float(c));
    spread(out.tensor(), SoftmaxLines{in.tensor(), axes_of(kOverChannels), kind}, HostLoop{});
    EXPECT_TRUE(is_near(out, 0, applied(Softmax{kOverChannels, kind}, in.sample(0))));
  }
}

TEST(KernelNormalisation, EverySetOfAxesKindAndGuard) {
  for_lines([](const AxisSet& axes, const Shape& shape) {
    for (int which = 0; which < 15; ++which) {
      const Normalisation op{Normalisation::Kind(which % 5), axes, 0.1f,
                             Normalisation::Guard(which / 5)};
      expect_operation(
          op, shape,
          [&](const Tensor& out, const Tensor& in) {
            spread(out, NormalisedLines{in, axes_of(axes), op.kind, op.guard, op.epsilon},
                   HostLoop{});
          },
          1e-5f);
    }
  });
}

TEST(KernelNormalisation, ZerosStayWhereTheDivisorIsHeld) {
  Buffer in(DType::f32, 1, {2, 1, 1}), out(DType::f32, 1, {2, 1, 1});
  for (int c = 0; c < 2; ++c) in.set(0, c, 0, 0, 0);
  const auto least = Normalisation::Guard::at_least;
  spread(
      out.tensor(),
      NormalisedLines{in.tensor(), axes_of(kOverChannels), Normalisation::Kind::l2, least, 1e-42f},
      HostLoop{});
  EXPECT_TRUE(is_same(out, 0, in.sample(0)));
}

TEST(KernelReduce, EverySetOfAxesAndKind) {
  for_lines([](const AxisSet& axes, const Shape& shape) {
    for (int which = 0; which < 5; ++which) {
      const Reduce op{Reduce::Kind(which), axes};
      expect_operation(op, shape, [&](const Tensor& out, const Tensor& in) {
        spread(out, Reduction{in, axes_of(axes), op.kind}, HostLoop{});
      });
    }
  });
}

TEST(KernelReduce, NaNStays) {
  for (const auto kind : {Reduce::Kind::maximum, Reduce::Kind::minimum})
    for (const AxisSet& axes : {kOverSpace, kOverAll}) {
      Buffer in(DType::f32, 1, {1, 2, 2}), out(DType::f32, 1, {1, 1, 1});
      Draw draw(4);
      in.draw(draw);
      in.set(0, 0, 0, 1, std::nanf(""));
      spread(out.tensor(), Reduction{in.tensor(), axes_of(axes), kind}, HostLoop{});
      EXPECT_TRUE(std::isnan(out.get(0, 0, 0, 0)));
    }
}

}  // namespace
