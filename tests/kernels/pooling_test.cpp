#include "kernels/pooling.h"

#include "core/reductions.h"
#include "one_layer.h"
#include "reference/windows.h"

using namespace rfmap;
using namespace rfmap::kernels;
using namespace rfmap::testing_kernels;

namespace {

Sliding sliding(const Pool& pool) { return {pool.kernel, pool.stride, pool.dilation, pool.pad}; }

void expect_pooled(const Pool& pool, const Shape& shape) {
  expect_operation(pool, shape, [&](const Tensor& out, const Tensor& in) {
    kernels::Pooling p;
    p.in = in;
    p.kind = pool.kind;
    p.window = sliding(pool);
    p.count_include_pad = pool.count_include_pad;
    spread(out, p, HostLoop{});
  });
}

/// Kernels with and without padding, dilation, ceil mode, uneven margins.
std::vector<Pool> pools() {
  std::vector<Pool> all;
  for (Pool::Kind kind : {Pool::Kind::max, Pool::Kind::average})
    for (bool ceil : {false, true})
      for (bool include : {false, true}) {
        all.push_back({kind, {3, 3}, {2, 2}, {1, 1}, {1, 1, 1, 1}, ceil, include});
        all.push_back({kind, {2, 3}, {3, 1}, {1, 1}, {0, 1, 1, 2}, ceil, include});
        all.push_back({kind, {2, 2}, {1, 2}, {2, 1}, {1, 0, 1, 1}, ceil, include});
      }
  return all;
}

TEST(KernelPool, EqualsTheReference) {
  for (const Pool& pool : pools())
    for (const Shape& shape : {Shape{1, 4, 4}, Shape{8, 5, 7}, Shape{7, 4, 3}, Shape{12, 6, 5}})
      expect_pooled(pool, shape);
}

/// The windows that kernels are compiled for, and where those do not apply.
TEST(KernelPool, SmallSquareWindowsOfMaxima) {
  for (int size : {2, 3})
    for (int stride : {1, 2, 4})
      for (const Margins& pad : {Margins{}, Margins{1, 1, 1, 1}, Margins{0, 1, 1, 0}})
        for (Size dilation : {Size{1, 1}, Size{2, 1}})
          for (const Shape& shape : {Shape{8, 7, 6}, Shape{12, 5, 5}})
            expect_pooled({Pool::Kind::max, {size, size}, {stride, stride}, dilation, pad, true},
                          shape);
}

TEST(KernelPool, OneCell) {
  for (Pool::Kind kind : {Pool::Kind::max, Pool::Kind::average})
    for (const Shape& shape : kShapes) expect_pooled({kind, {1, 1}, {1, 1}}, shape);
  expect_pooled({Pool::Kind::max, {3, 3}, {2, 2}, {1, 1}, {1, 1, 1, 1}}, {4, 1, 1});
}

TEST(KernelPool, NaNStays) {
  Buffer in(DType::f32, 1, {4, 3, 3}), out(DType::f32, 1, {4, 1, 1});
  Draw draw(1);
  in.draw(draw);
  in.set(0, 2, 1, 0, std::nanf(""));
  kernels::Pooling p;
  p.in = in.tensor();
  p.window.kernel = {3, 3};
  spread(out.tensor(), p, HostLoop{});
  EXPECT_TRUE(std::isnan(out.get(0, 2, 0, 0)));
  EXPECT_FALSE(std::isnan(out.get(0, 1, 0, 0)));
}

TEST(KernelPool, ActivationFollows) {
  Buffer in(DType::f32, 1, {4, 2, 2}), out(DType::f32, 1, {4, 2, 2});
  Draw draw(2);
  in.draw(draw);
  kernels::Pooling p;
  p.in = in.tensor();
  p.act.none = false;
  p.act.kind = ActivationKind::relu;
  spread(out.tensor(), p, HostLoop{});
  EXPECT_TRUE(is_same(out, 0, applied(Activation{}, in.sample(0))));
}

TEST(KernelGlobalPool, EqualsTheReference) {
  for (const Reduce& op : {Reduce{Reduce::Kind::maximum}, Reduce{Reduce::Kind::mean}})
    for (const Shape& shape : kShapes)
      expect_operation(op, shape, [&](const Tensor& out, const Tensor& in) {
        kernels::Pooling whole;
        whole.in = in;
        whole.kind = core::whole_map(op, shape)->kind;
        whole.window.kernel = {in.h, in.w};
        spread(out, whole, HostLoop{});
      });
}

/// Every window of a pooled map, cut from the map with zeros beyond it.
void expect_windows(const Pool& pool, DType type, int channels) {
  const Shape map{channels, 7, 6}, pooled = output_shape("test", pool, {map});
  const Shape window{channels, 2, 3};
  const Shape crop{channels,
                   (window.h - 1) * pool.stride.h + (pool.kernel.h - 1) * pool.dilation.h + 1,
                   (window.w - 1) * pool.stride.w + (pool.kernel.w - 1) * pool.dilation.w + 1};
  Draw draw(3);
  Buffer whole(type, 1, map);
  whole.draw(draw);
  std::vector<Point> windows;
  for (int y = 0; y + window.h <= pooled.h; ++y)
    for (int x = 0; x + window.w <= pooled.w; ++x) windows.push_back({y, x});
  ASSERT_FALSE(windows.empty());
  Buffer in(type, int(windows.size()), crop), out(type, int(windows.size()), window);
  for (int n = 0; n < int(windows.size()); ++n) {
    const Point origin{windows[n].y * pool.stride.h - pool.pad.top,
                       windows[n].x * pool.stride.w - pool.pad.left};
    const reference::Map cut = reference::crop({whole.sample(0)}, origin, crop, 0);
    for (int c = 0; c < crop.c; ++c)
      for (int y = 0; y < crop.h; ++y)
        for (int x = 0; x < crop.w; ++x) in.set(n, c, y, x, cut.at(c, y, x));
  }
  kernels::Pooling p;
  p.in = in.tensor();
  p.kind = Pool::Kind::average;
  p.window = sliding(pool);
  p.count_include_pad = pool.count_include_pad;
  p.windows = windows.data();
  p.map = {map.h, map.w};
  spread(out.tensor(), p, HostLoop{});
  const reference::Map all = applied(pool, whole.sample(0), pooled);
  for (int n = 0; n < int(windows.size()); ++n)
    EXPECT_TRUE(is_near(out, n, reference::crop({all}, windows[n], window, 0)));
}

TEST(KernelWindowAverage, EqualsTheWholeMapsPooling) {
  for (const Pool& pool : pools()) {
    if (pool.kind != Pool::Kind::average || pool.stride.h > 2) continue;
    for (DType type : kTypes)
      for (int channels : {1, 4, 7}) expect_windows(pool, type, channels);
  }
}

}  // namespace
