#include <algorithm>

#include "core/reductions.h"
#include "gradient/operations.h"
#include "onednn/lines.h"

namespace rfmap::gradient {
namespace {

using onednn::Lines;

/// The gradient goes to the first of the largest, or smallest, values.
void send_to_extremum(const Lines& lines, const float* x, float y, float gradient, float* to) {
  bool found = false;
  onednn::each_value(lines, [&](std::size_t k) {
    to[k] = !found && x[k] == y ? gradient : 0.f;
    found = found || x[k] == y;
  });
}

/// A value's slope is the product of the others.
void send_product_back(const Lines& lines, const float* x, float gradient, float* to) {
  double product = 1;  // of the values that are not 0
  int zeros = 0;
  onednn::each_value(lines, [&](std::size_t k) {
    if (x[k] == 0)
      ++zeros;
    else
      product *= x[k];
  });
  onednn::each_value(lines, [&](std::size_t k) {
    const int other_zeros = zeros - (x[k] == 0);
    const double others = x[k] == 0 ? product : product / x[k];
    to[k] = other_zeros > 0 ? 0.f : float(gradient * others);
  });
}

/// One line; x and `to` are its first value, y its result.
void send_reduced_back(const Lines& lines, Reduce::Kind kind, const float* x, float y,
                       float gradient, float* to) {
  switch (kind) {
    case Reduce::Kind::mean:
      gradient /= float(lines.count());
      [[fallthrough]];
    case Reduce::Kind::sum:
      onednn::each_value(lines, [&](std::size_t k) { to[k] = gradient; });
      return;
    case Reduce::Kind::product:
      return send_product_back(lines, x, gradient, to);
    case Reduce::Kind::maximum:
    case Reduce::Kind::minimum:
      return send_to_extremum(lines, x, y, gradient, to);
  }
}

}  // namespace

Kernels forward(Tape& tape, const Reduce& op, int node) {
  const Shape& in = tape.input(node, 0).shape;
  if (const auto pool = core::whole_map(op, in)) return forward(tape, *pool, node);
  const Lines lines = onednn::lines_over(op.axes, in);
  return forward_plain(tape, node,
                       [lines, kind = op.kind, volume = in.volume()](const float* x, float* y) {
                         onednn::each_line(lines, volume, [&](std::size_t i, std::size_t line) {
                           y[line] = onednn::reduce_line(lines, kind, x + i);
                         });
                       });
}

Kernels backward(Tape& tape, const Reduce& op, int node) {
  const Slot& slot = tape.at(node);
  const Shape& in = tape.input(node, 0).shape;
  if (const auto pool = core::whole_map(op, in)) return backward(tape, *pool, node);
  Kernels kernels;
  const dnnl::memory x = tape.convert(tape.input(node, 0).value, plain(in), kernels);
  const auto work = [lines = onednn::lines_over(op.axes, in), kind = op.kind, volume = in.volume(),
                     x, &slot](const float* gradient, float* to) {
    onednn::each_line(lines, volume, [&](std::size_t i, std::size_t line) {
      send_reduced_back(lines, kind, floats(x) + i, floats(slot.value)[line], gradient[line],
                        to + i);
    });
  };
  return backward_in(tape, node, plain(slot.shape), plain(in), std::move(kernels), work);
}

}  // namespace rfmap::gradient
