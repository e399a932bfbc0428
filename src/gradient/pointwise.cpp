#include <cmath>
#include <utility>

#include "gradient/operations.h"

namespace rfmap::gradient {
namespace {

/// Runs a loop of our own, for functions without a primitive in the library.
Kernels forward_each(Tape& tape, const Activation& op, int node) {
  return forward_plain(tape, node, [op, shape = tape.at(node).shape](const float* x, float* y) {
    const std::ptrdiff_t n = std::ptrdiff_t(shape.volume());
#pragma omp parallel for schedule(static)
    for (std::ptrdiff_t i = 0; i < n; ++i) y[i] = op.at(x[i], std::size_t(i) / shape.area());
  });
}

/// The constant for value i of a map: one per channel, or one per value.
float number(const Floats& numbers, const Shape& shape, std::size_t i, float none) {
  if (!numbers) return none;
  return (*numbers)[numbers->size() == std::size_t(shape.c) ? i / shape.area() : i];
}

}  // namespace

Kernels forward(Tape& tape, const Activation& op, int node) {
  if (!onednn::is_eltwise(op)) return forward_each(tape, op, node);
  Slot& slot = tape.at(node);
  const dnnl::memory x = tape.input(node, 0).value;
  slot.value = tape.make(x.get_desc());
  const dnnl::eltwise_forward primitive(onednn::eltwise(tape.engine(), x.get_desc(), op, {}));
  return {[&tape, primitive, x, y = slot.value] {
    primitive.execute(tape.stream(), {{DNNL_ARG_SRC, x}, {DNNL_ARG_DST, y}});
    tape.stream().wait();
  }};
}

Kernels backward(Tape& tape, const Activation& op, int node) {
  Kernels kernels;
  const Slot& slot = tape.at(node);
  const Desc desc = slot.value.get_desc();  // plain if our own loop wrote it
  const dnnl::memory x = tape.convert(tape.input(node, 0).value, desc, kernels);
  const auto work = [op, x, n = std::ptrdiff_t(count(desc)), &slot](const float* from, float* to) {
    const std::size_t area = slot.shape.area();
    const float *at = floats(x), *value = floats(slot.value);
    if (op.kind == Activation::Kind::relu) {
#pragma omp parallel for schedule(static)
      for (std::ptrdiff_t i = 0; i < n; ++i) to[i] = at[i] > 0 ? from[i] : 0.f;
      return;
    }
#pragma omp parallel for schedule(static)
    for (std::ptrdiff_t i = 0; i < n; ++i) {
      const float alpha = op.alpha_of(op.per_channel() ? std::size_t(i) / area : 0);
      to[i] = from[i] * slope_of(op.kind, at[i], value[i], alpha, op.beta);
    }
  };
  return backward_in(tape, node, desc, desc, std::move(kernels), work);
}

Kernels forward(Tape& tape, const Affine& op, int node) {
  Kernels kernels;
  Slot& slot = tape.at(node);
  const bool identity = !op.scale && !op.shift;
  slot.value = tape.make(identity ? tape.input(node, 0).value.get_desc() : plain(slot.shape));
  const dnnl::memory x = tape.convert(tape.input(node, 0).value, slot.value.get_desc(), kernels);
  kernels.push_back([op, identity, x, &slot] {
    const std::ptrdiff_t n = std::ptrdiff_t(count(slot.value.get_desc()));
    const float* from = floats(x);
    float* to = floats(slot.value);
#pragma omp parallel for schedule(static)
    for (std::ptrdiff_t i = 0; i < n; ++i)
      to[i] = identity ? from[i]
                       : from[i] * number(op.scale, slot.shape, std::size_t(i), 1) +
                             number(op.shift, slot.shape, std::size_t(i), 0);
  });
  return kernels;
}

Kernels backward(Tape& tape, const Affine& op, int node) {
  const Slot& slot = tape.at(node);
  const Desc desc = op.scale ? plain(slot.shape) : slot.gradient.get_desc();
  const auto work = [op, shape = slot.shape, n = std::ptrdiff_t(count(desc))](const float* from,
                                                                              float* to) {
#pragma omp parallel for schedule(static)
    for (std::ptrdiff_t i = 0; i < n; ++i)
      to[i] = op.scale ? from[i] * number(op.scale, shape, std::size_t(i), 1) : from[i];
  };
  return backward_in(tape, node, desc, desc, {}, work);
}

}  // namespace rfmap::gradient
