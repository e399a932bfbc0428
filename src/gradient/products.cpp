#include "onednn/products.h"

#include "gradient/operations.h"

namespace rfmap::gradient {
namespace {

using onednn::multiply;
using onednn::Product;

/// The matrices of one product, in plain order: a [groups, m, k], b [groups or 1, k, n].
struct Factors {
  Shape a_shape, b_shape, out;
  dnnl::memory a, b;
  const float* a_of(int group) const { return floats(a) + group * a_shape.area(); }
  const float* b_of(int group) const { return floats(b) + (shared() ? 0 : group) * b_shape.area(); }
  bool shared() const { return b_shape.c == 1; }
};

Factors factors_of(Tape& tape, int node, Kernels& kernels) {
  const Slot &a = tape.input(node, 0), &b = tape.input(node, 1);
  return {a.shape, b.shape, tape.at(node).shape, tape.convert(a.value, plain(a.shape), kernels),
          tape.convert(b.value, plain(b.shape), kernels)};
}

/// da = g b^T.
void send_to_left(const Factors& f, const float* gradient, float* to) {
  const Product product{
      .rows = f.out.h, .columns = f.a_shape.w, .depth = f.out.w, .b_transposed = true};
  onednn::each_product(f.out.c, [&](int group) {
    return multiply(product, gradient + group * f.out.area(), f.b_of(group),
                    to + group * f.a_shape.area());
  });
}

/// db = a^T g, the sum over the groups if they share b.
void send_to_right(const Factors& f, const float* gradient, float* to) {
  Product product{.rows = f.b_shape.h, .columns = f.out.w, .depth = f.out.h, .a_transposed = true};
  const auto add_group = [&](const Product& p, int group, float* sum) {
    return multiply(p, f.a_of(group), gradient + group * f.out.area(), sum);
  };
  if (!f.shared())
    return onednn::each_product(f.out.c, [&](int group) {
      return add_group(product, group, to + group * f.b_shape.area());
    });
  onednn::each_product(1, [&](int) {
    dnnl::status status = add_group(product, 0, to);
    product.adds = true;
    for (int group = 1; group < f.out.c && status == dnnl::status::success; ++group)
      status = add_group(product, group, to);
    return status;
  });
}

}  // namespace

Kernels forward(Tape& tape, const MatMul&, int node) {
  Kernels kernels;
  Slot& slot = tape.at(node);
  slot.value = tape.make(plain(slot.shape));
  const Factors f = factors_of(tape, node, kernels);
  kernels.push_back([f, to = slot.value] {
    const Product product{.rows = f.out.h, .columns = f.out.w, .depth = f.a_shape.w};
    onednn::each_product(f.out.c, [&](int group) {
      return multiply(product, f.a_of(group), f.b_of(group), floats(to) + group * f.out.area());
    });
  });
  return kernels;
}

Kernels backward(Tape& tape, const MatMul&, int node) {
  Kernels kernels;
  const Slot& slot = tape.at(node);
  const Factors f = factors_of(tape, node, kernels);
  const dnnl::memory gradient = tape.convert(slot.gradient, plain(slot.shape), kernels);
  const Sink left = tape.sink(slot.inputs[0], plain(f.a_shape));
  kernels.push_back(
      [f, gradient, to = left.memory] { send_to_left(f, floats(gradient), floats(to)); });
  kernels.push_back(left.done);
  const Sink right = tape.sink(slot.inputs[1], plain(f.b_shape));
  kernels.push_back(
      [f, gradient, to = right.memory] { send_to_right(f, floats(gradient), floats(to)); });
  kernels.push_back(right.done);
  return kernels;
}

}  // namespace rfmap::gradient
