#include <algorithm>
#include <vector>

#include "core/resampled_rows.h"
#include "gradient/operations.h"

namespace rfmap::gradient {
namespace {

/// Calls work(channel, y, row) for each row of the output, channels in parallel; `row` has room for
/// a row of the input.
template <class Work>
void each_output_row(const Shape& to, int width_in, const Work& work) {
#pragma omp parallel for schedule(static)
  for (int c = 0; c < to.c; ++c) {
    std::vector<float> row(static_cast<std::size_t>(width_in));
    for (int y = 0; y < to.h; ++y) work(std::size_t(c), y, row.data());
  }
}

}  // namespace

template <>
Kernels forward(Tape& tape, const Resample& op, int node) {
  const Shape from = tape.input(node, 0).shape, to = tape.at(node).shape;
  return forward_plain(tape, node, [op, from, to](const float* in, float* out) {
    each_output_row(to, from.w, [&](std::size_t c, int y, float* row) {
      resample_row(op, in + c * from.area(), {from.h, from.w}, y, row,
                   out + c * to.area() + std::size_t(y) * std::size_t(to.w), to.w);
    });
  });
}

template <>
Kernels backward(Tape& tape, const Resample& op, int node) {
  const Shape from = tape.input(node, 0).shape, to = tape.at(node).shape;
  const auto work = [op, from, to](const float* gradient, float* in) {
    std::fill_n(in, from.volume(), 0.f);
    each_output_row(to, from.w, [&](std::size_t c, int y, float* row) {
      send_row_back(op, gradient + c * to.area() + std::size_t(y) * std::size_t(to.w), to.w, y, row,
                    in + c * from.area(), {from.h, from.w});
    });
  };
  return backward_in(tape, node, plain(to), plain(from), {}, work);
}

}  // namespace rfmap::gradient
