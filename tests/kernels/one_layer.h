#pragma once

#include "on_host.h"

/// One operation by a kernel's body and by the reference, over storage types and ragged sizes.
namespace rfmap::testing_kernels {

/// Shapes with one cell, one channel, channels in fours and not, more rows than columns.
inline const std::vector<Shape> kShapes{{1, 1, 1}, {3, 1, 1}, {8, 1, 5}, {7, 4, 3}, {12, 6, 5}};

/// Pitch beyond the channels: none, one that keeps fours aligned, one that does not.
inline constexpr std::array kMorePitch{0, 4, 3};

/// Calls `check(type, more_pitch)` for every storage type and pitch.
template <class Check>
void for_storages(const Check& check) {
  for (DType type : kTypes)
    for (int more : kMorePitch) check(type, more);
}

/// Runs `launch(out, in)` for a drawn batch of 3 and compares each sample with the reference's
/// result of `op`; `sums` is the allowed error of the arithmetic.
template <class Launch>
void expect_operation(const Operation& op, const Shape& shape, const Launch& launch,
                      float sums = 2e-6f) {
  for_storages([&](DType type, int more) {
    Draw draw(7);
    Buffer in(type, 3, shape, more);
    in.draw(draw);
    const Shape out_shape = output_shape("test", in_graph(op), {shape});
    Buffer out(type, 3, out_shape, more);
    launch(out.tensor(), in.tensor());
    for (int n = 0; n < 3; ++n) {
      const reference::Map sample = in.sample(n);
      EXPECT_TRUE(is_near(out, n, reference::compute(op, {&sample}, out_shape), sums))
          << shape.c << " x " << shape.h << " x " << shape.w << ", pitch + " << more;
    }
  });
}

}  // namespace rfmap::testing_kernels
