#include "kernels/rearrange.h"

#include "one_layer.h"
#include "rearrangements.h"

using namespace rfmap;
using namespace rfmap::kernels;
using namespace rfmap::testing_kernels;
using namespace rfmap::testing_moves;

namespace {

TEST(KernelCopy, Slices) {
  const Slice cases[] = {{0, 0, 4}, {0, 4, 8}, {0, 3, 8}, {1, 1, 4},
                         {1, 3, 4}, {2, 0, 5}, {2, 2, 3}};
  for (const Slice& op : cases)
    expect_operation(op, {8, 4, 5}, [&](const Tensor& out, const Tensor& in) {
      Box box;
      box.in = in;
      if (op.axis == 0) box.from.c = op.begin;
      if (op.axis == 1) box.from.h = op.begin;
      if (op.axis == 2) box.from.w = op.begin;
      box.size = {out.c, out.h, out.w};
      spread(out, box, HostLoop{});
    });
}

/// Joins two maps, in boxes or directly into a range of channels.
void expect_joined(int axis, const Shape& first, const Shape& second, bool views) {
  for_storages([&](DType type, int more) {
    Draw draw(11);
    Buffer a(type, 2, first, more), b(DType::f32, 2, second);
    a.draw(draw);
    b.draw(draw);
    const Shape joined = output_shape("test", Concat{axis}, {first, second});
    Buffer out(DType::f32, 2, joined, more);
    Shape to;
    for (const Buffer* part : {&a, &b}) {
      if (views) {
        spread(channels_of(out.tensor(), to.c, part->shape().c), Conversion{part->tensor()},
               HostLoop{});
      } else {
        spread(out.tensor(), Box{part->tensor(), {}, to, part->shape()}, HostLoop{});
      }
      if (axis == 0) to.c += part->shape().c;
      if (axis == 1) to.h += part->shape().h;
      if (axis == 2) to.w += part->shape().w;
    }
    for (int n = 0; n < 2; ++n) {
      const reference::Map x = a.sample(n), y = b.sample(n);
      EXPECT_TRUE(is_same(out, n, reference::compute(Concat{axis}, {&x, &y}, joined)));
    }
  });
}

TEST(KernelCopy, Concatenation) {
  expect_joined(0, {4, 3, 2}, {8, 3, 2}, false);
  expect_joined(0, {3, 3, 2}, {5, 3, 2}, false);
  expect_joined(1, {4, 3, 2}, {4, 1, 2}, false);
  expect_joined(2, {5, 3, 2}, {5, 3, 4}, false);
  expect_joined(0, {4, 3, 2}, {8, 3, 2}, true);
  expect_joined(0, {3, 3, 2}, {5, 3, 2}, true);
}

TEST(KernelConvert, RoundsOnceAndFillsUp) {
  for (DType from : kTypes)
    for (DType to : kTypes)
      for (int zeros : {0, 1, 4}) {
        Draw draw(12);
        Buffer in(from, 2, {4, 3, 2}), out(to, 2, {4 + zeros, 3, 2}, 2);
        in.draw(draw);
        spread(out.tensor(), Conversion{in.tensor()}, HostLoop{});
        reference::Map want = in.sample(1);
        want.shape.c += zeros;
        want.values.resize(want.shape.volume(), 0);
        EXPECT_TRUE(is_near(out, 1, want, 0));
      }
}

TEST(KernelPad, BordersAndCrops) {
  const Pad cases[] = {{{1, 2, 0, 3}, -1}, {{-1, 0, 1, -2}, 0.5f}, {{0, 0, 0, 0}, 7}};
  for (const Pad& op : cases)
    for (int channels : {1, 5, 8})
      expect_operation(op, {channels, 4, 5}, [&](const Tensor& out, const Tensor& in) {
        spread(out, Border{in, op.margins, op.value}, HostLoop{});
      });
}

/// By the kernel and by the reference; `wide`: by the body for fours of channels, where storage
/// allows it.
void expect_moved(const rfmap::Rearrange& op, const Shape& shape, bool wide) {
  Rearrangement work;
  int next = 0;
  for (int axis = 0; axis < 3; ++axis) {
    for (const auto& digit : op.digits[axis])
      work.digits[next++] = {digit.extent, digit.axis, digit.step};
    work.end[axis] = next;
    work.start[axis] = op.start[axis];
  }
  EXPECT_EQ(moves_fours(work), wide) << op.kind;
  expect_operation(op, shape, [&](const Tensor& out, const Tensor& in) {
    work.in = in;
    spread(out, work, HostLoop{});
  });
}

TEST(KernelRearrange, EveryOrderOfAxes) {
  std::array<int, 3> order{0, 1, 2};
  do {
    for (const Shape& shape : kShapes)
      expect_moved(graph::transposed(shape, order), shape, order[0] == 0 && shape.c % 4 == 0);
  } while (std::next_permutation(order.begin(), order.end()));
}

TEST(KernelRearrange, ShufflesOfChannels) {
  for (int groups : {1, 2, 3, 6})
    for (const Shape& shape : {Shape{6, 1, 1}, Shape{12, 3, 2}})
      expect_moved(graph::shuffled(shape, groups), shape, false);
}

TEST(KernelRearrange, Blocks) {
  const Shape map{8, 4, 6}, odd{3, 4, 6}, deep{32, 2, 3};
  expect_moved(space_to_depth(map, 2), map, true);
  expect_moved(space_to_depth(map, 2, Channels::block_last), map, false);
  expect_moved(space_to_depth(odd, 2), odd, false);
  expect_moved(depth_to_space(deep, 2), deep, true);
  expect_moved(depth_to_space(deep, 2, Channels::block_last), deep, false);
}

TEST(KernelRearrange, StepsRepeatsAndFlips) {
  const Shape map{8, 5, 6};
  expect_moved(stepped(map, 1, 1, 2), map, true);
  expect_moved(stepped(map, 0, 1, 3), map, false);
  expect_moved(flipped(map, 0), map, false);
  expect_moved(flipped(map, 2), map, true);
  expect_moved(repeated(map, 2, 3), map, true);
  expect_moved(repeated(map, 0, 3), map, false);
  expect_moved(windows_of({8, 4, 6}, 2), {8, 4, 6}, false);
}

TEST(KernelReshape, KeepsTheOrderOfPlanes) {
  for (const Shape& to : {Shape{60, 1, 1}, Shape{3, 4, 5}, Shape{1, 6, 10}, Shape{4, 15, 1}})
    for_storages([&](DType type, int more) {
      Draw draw(13);
      Buffer in(type, 2, {5, 3, 4}, more), out(type, 2, to, more);
      in.draw(draw);
      spread(out.tensor(), Reshaping{in.tensor()}, HostLoop{});
      for (int n = 0; n < 2; ++n) EXPECT_TRUE(is_same(out, n, {to, in.sample(n).values}));
    });
}

}  // namespace
