#include <algorithm>

#include "core/resampled_rows.h"
#include "gradient/operations.h"

namespace rfmap::gradient {
namespace {

/// Calls work(rows, channel, y) for each row of the output, channels in parallel.
template <class Work>
void each_output_row(const Resample& op, const Shape& from, const Shape& to, const Work& work) {
#pragma omp parallel for schedule(static)
  for (int c = 0; c < to.c; ++c) {
    core::ResampledRows rows(op, from, to.w);
    for (int y = 0; y < to.h; ++y) work(rows, std::size_t(c), y);
  }
}

std::size_t row_place(const Shape& shape, std::size_t c, int y) {
  return c * shape.area() + std::size_t(y) * std::size_t(shape.w);
}

}  // namespace

Kernels forward(Tape& tape, const Resample& op, int node) {
  const Shape from = tape.input(node, 0).shape, to = tape.at(node).shape;
  return forward_plain(tape, node, [op, from, to](const float* in, float* out) {
    each_output_row(op, from, to, [&](core::ResampledRows& rows, std::size_t c, int y) {
      rows.fill(in + c * from.area(), y, out + row_place(to, c, y));
    });
  });
}

Kernels backward(Tape& tape, const Resample& op, int node) {
  const Shape from = tape.input(node, 0).shape, to = tape.at(node).shape;
  const auto work = [op, from, to](const float* gradient, float* in) {
    std::fill_n(in, from.volume(), 0.f);
    each_output_row(op, from, to, [&](core::ResampledRows& rows, std::size_t c, int y) {
      rows.send_back(gradient + row_place(to, c, y), y, in + c * from.area());
    });
  };
  return backward_in(tape, node, plain(to), plain(from), {}, work);
}

}  // namespace rfmap::gradient
