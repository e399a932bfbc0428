#include "kernels/normalise.h"

#include "one_layer.h"

using namespace rfmap;
using namespace rfmap::kernels;
using namespace rfmap::testing_kernels;

namespace {

ResponseNormalisation normalisation(const Lrn& op, const Tensor& in) {
  ResponseNormalisation out;
  out.in = in;
  out.size = op.size;
  out.alpha = op.alpha;
  out.beta = op.beta;
  out.k = op.k;
  return out;
}

TEST(KernelNormalise, EqualsTheReference) {
  const Lrn cases[] = {{5, 1e-1f, 0.75f, 1}, {1, 1, 0.75f, 2},    {2, 1, 0.75f, 1},
                       {4, 1, 0.5f, 1},      {9, 1, 0.75f, 1},    {10, 1, 0.75f, 1},
                       {11, 2, 1, 1.5f},     {5, 2, 0.75f, 0.1f}, {64, 1, 0.75f, 1}};
  for (const Lrn& op : cases)
    for (const Shape& shape :
         {Shape{1, 1, 1}, Shape{3, 2, 1}, Shape{8, 1, 3}, Shape{13, 2, 2}, Shape{24, 3, 2}})
      expect_operation(
          op, shape,
          [&](const Tensor& out, const Tensor& in) {
            spread(out, normalisation(op, in), HostLoop{});
          },
          4e-6f);
}

TEST(KernelNormalise, LargeActivationsInHalves) {
  // AlexNet's relu1 reaches 2138: its square is beyond f16.
  Buffer in(DType::f16, 1, {8, 1, 1}), out(DType::f16, 1, {8, 1, 1});
  for (int c = 0; c < 8; ++c) in.set(0, c, 0, 0, 2138 - 100.f * float(c));
  const Lrn op;
  spread(out.tensor(), normalisation(op, in.tensor()), HostLoop{});
  EXPECT_TRUE(is_near(out, 0, applied(op, in.sample(0))));
  EXPECT_GT(out.get(0, 0, 0, 0), 30);  // not 0, as with an infinite sum of squares
}

const Pool kPools[] = {{Pool::Kind::max, {3, 3}, {2, 2}},
                       {Pool::Kind::max, {3, 3}, {2, 2}, {1, 1}, {1, 1, 1, 1}, true},
                       {Pool::Kind::max, {2, 2}, {2, 2}, {1, 1}, {0, 0, 0, 0}, true},
                       {Pool::Kind::max, {3, 3}, {1, 1}, {2, 1}, {1, 0, 1, 0}},
                       {Pool::Kind::max, {3, 2}, {1, 2}, {1, 1}, {1, 0, 1, 1}, true}};

/// Normalisation and pooling in one pass against the two in sequence.
void expect_fused(ResponseNormalisation::Order order, const Lrn& lrn, const Pool& pool,
                  int channels) {
  for_storages([&](DType type, int more) {
    Draw draw(8);
    Buffer in(type, 2, {channels, 7, 5}, more);
    in.draw(draw);
    const Shape pooled = output_shape("test", pool, {in.shape()});
    Buffer out(type, 2, pooled, more);
    ResponseNormalisation op = normalisation(lrn, in.tensor());
    op.order = order;
    op.pool = {pool.kernel, pool.stride, pool.dilation, pool.pad};
    spread(out.tensor(), op, HostLoop{});
    for (int n = 0; n < 2; ++n) {
      reference::Map map = in.sample(n);
      map = order == ResponseNormalisation::Order::lrn_then_pool
                ? applied(pool, applied(lrn, map), pooled)
                : applied(lrn, applied(pool, map, pooled));
      EXPECT_TRUE(is_near(out, n, map)) << channels << " channels, pitch + " << more;
    }
  });
}

TEST(KernelNormalise, WithPoolingInOnePass) {
  using Order = ResponseNormalisation::Order;
  for (Order order : {Order::lrn_then_pool, Order::pool_then_lrn})
    for (const Lrn& lrn : {Lrn{5, 0.5f, 0.75f, 1}, Lrn{3, 0.5f, 0.75f, 1}, Lrn{5, 0.5f, 1, 1}})
      for (const Pool& pool : kPools)
        for (int channels : {1, 6, 8, 12}) expect_fused(order, lrn, pool, channels);
}

/// Two tensors of half the channels, one after the other, give the bits of one.
TEST(KernelNormalise, OfPartsOfTheChannels) {
  for (DType type : kTypes)
    for (bool pools : {false, true}) {
      Draw draw(10);
      Buffer whole(type, 2, {24, 5, 5}), halves(type, 4, {12, 5, 5});
      whole.draw(draw);
      for (int n = 0; n < 2; ++n)
        for (int c = 0; c < 24; ++c)
          for (int i = 0; i < 25; ++i)
            halves.set(n + c / 12 * 2, c % 12, i / 5, i % 5, whole.get(n, c, i / 5, i % 5));
      ResponseNormalisation op = normalisation(Lrn{5, 0.5f, 0.75f, 1}, whole.tensor());
      if (pools) op.order = ResponseNormalisation::Order::lrn_then_pool;
      op.pool = {{3, 3}, {2, 2}, {1, 1}, {}};
      const Shape shape = pools ? Shape{24, 2, 2} : whole.shape();
      Buffer want(type, 2, shape), got(type, 2, shape);
      spread(want.tensor(), op, HostLoop{});
      Tensor all = halves.tensor();
      all.n = 2;
      all.c = 24;
      op.in = part_of(all, 0, 2);
      op.parts = 2;
      spread(got.tensor(), op, HostLoop{});
      for (int n = 0; n < 2; ++n) EXPECT_TRUE(is_same(got, n, want.sample(n)));
    }
}

TEST(KernelNormalise, NaNAndInfinityAreNotLost) {
  for (float bad : {std::nanf(""), INFINITY})
    for (bool pools : {false, true}) {
      Buffer in(DType::f32, 1, {8, 3, 3});
      Draw draw(9);
      in.draw(draw);
      in.set(0, 4, 1, 1, bad);
      Buffer out(DType::f32, 1, {8, pools ? 1 : 3, pools ? 1 : 3});
      ResponseNormalisation op = normalisation(Lrn{}, in.tensor());
      if (pools) {
        op.order = ResponseNormalisation::Order::lrn_then_pool;
        op.pool.kernel = {3, 3};
      }
      spread(out.tensor(), op, HostLoop{});
      const int at = pools ? 0 : 1;
      EXPECT_TRUE(std::isnan(out.get(0, 4, at, at)));
      EXPECT_FALSE(std::isnan(out.get(0, 0, at, at)));
    }
}

}  // namespace
