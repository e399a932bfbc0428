#include <algorithm>
#include <cmath>

#include "gradient/operations.h"

namespace rfmap::gradient {
namespace {

/// One input of a combination.
struct Operand {
  dnnl::memory values;
  Shape shape;
  bool broadcast = false;  ///< along one axis or more; then all inputs are in plain order
};

/// The inputs of one combination, in a common layout if none is broadcast.
struct Combination {
  Elementwise::Kind kind{};
  Shape shape;
  std::vector<Operand> inputs;
  std::size_t count = 0;

  /// The number of an input that value i of the result reads.
  float at(std::size_t input, std::size_t i) const {
    const Operand& in = inputs[input];
    if (!in.broadcast) return floats(in.values)[i];
    const std::size_t x = in.shape.w == 1 ? 0 : i % shape.w;
    const std::size_t y = in.shape.h == 1 ? 0 : i / shape.w % shape.h;
    const std::size_t c = in.shape.c == 1 ? 0 : i / shape.area();
    return floats(in.values)[(c * in.shape.h + y) * in.shape.w + x];
  }
};

Combination describe(Tape& tape, const Elementwise& op, int node, Kernels& kernels) {
  const Slot& slot = tape.at(node);
  Combination c;
  c.kind = op.kind;
  c.shape = slot.shape;
  bool all_full = true;
  for (std::size_t i = 0; i < slot.inputs.size(); ++i)
    all_full = all_full && tape.input(node, int(i)).shape == slot.shape;
  const Desc full = all_full ? tape.input(node, 0).value.get_desc() : plain(slot.shape);
  for (std::size_t i = 0; i < slot.inputs.size(); ++i) {
    const Slot& in = tape.input(node, int(i));
    const bool broadcast = in.shape != slot.shape;
    c.inputs.push_back(
        {tape.convert(in.value, broadcast ? plain(in.shape) : full, kernels), in.shape, broadcast});
  }
  c.count = count(full);
  return c;
}

/// The first of the inputs whose number is the largest, or the smallest, at value i.
std::size_t chosen(const Combination& c, std::size_t i) {
  std::size_t best = 0;
  for (std::size_t j = 1; j < c.inputs.size(); ++j) {
    const float known = c.at(best, i), other = c.at(j, i);
    if (c.kind == Elementwise::Kind::maximum ? known < other : other < known) best = j;
  }
  return best;
}

float product_of_others(const Combination& c, std::size_t input, std::size_t i) {
  float others = 1;
  for (std::size_t j = 0; j < c.inputs.size(); ++j)
    if (j != input) others *= c.at(j, i);
  return others;
}

/// Of a^b by a, or by b.
float slope_of_power(std::size_t input, float a, float b) {
  if (input == 0) return b == 0 ? 0 : b * std::pow(a, b - 1);
  return a == 0 && b >= 0 ? 0 : std::pow(a, b) * std::log(a);
}

/// d output / d input at value i.
float slope_at(const Combination& c, std::size_t input, std::size_t i) {
  switch (c.kind) {
    case Elementwise::Kind::sum:
      return 1;
    case Elementwise::Kind::product:
      return product_of_others(c, input, i);
    case Elementwise::Kind::maximum:
    case Elementwise::Kind::minimum:
      return chosen(c, i) == input ? 1.f : 0.f;
    case Elementwise::Kind::difference:
      return input == 0 ? 1.f : -1.f;
    case Elementwise::Kind::quotient: {
      const float b = c.at(1, i);
      return input == 0 ? 1 / b : -c.at(0, i) / (b * b);
    }
    case Elementwise::Kind::power:
      return slope_of_power(input, c.at(0, i), c.at(1, i));
    default:  // conditions
      return 0;
  }
}

/// Sum of the gradients of all values that read value (channel, row, column) of a broadcast input.
float gathered(const Combination& c, std::size_t input, const Shape& at, const float* gradient) {
  const Shape &own = c.inputs[input].shape, &out = c.shape;
  const Shape first{own.c == 1 ? 0 : at.c, own.h == 1 ? 0 : at.h, own.w == 1 ? 0 : at.w};
  const Shape end{own.c == 1 ? out.c : at.c + 1, own.h == 1 ? out.h : at.h + 1,
                  own.w == 1 ? out.w : at.w + 1};
  double sum = 0;
  for (int channel = first.c; channel < end.c; ++channel)
    for (int y = first.h; y < end.h; ++y)
      for (int x = first.w; x < end.w; ++x) {
        const std::size_t i = (std::size_t(channel) * out.h + y) * out.w + x;
        sum += double(gradient[i]) * slope_at(c, input, i);
      }
  return float(sum);
}

void send_back(const Combination& c, std::size_t input, const float* gradient, float* to) {
  const Operand& in = c.inputs[input];
  const std::ptrdiff_t n = std::ptrdiff_t(in.broadcast ? in.shape.volume() : c.count);
#pragma omp parallel for schedule(static)
  for (std::ptrdiff_t i = 0; i < n; ++i) {
    if (!in.broadcast) {
      to[i] = gradient[i] * slope_at(c, input, std::size_t(i));
      continue;
    }
    const int line = int(i / in.shape.w);
    to[i] =
        gathered(c, input, {line / in.shape.h, line % in.shape.h, int(i % in.shape.w)}, gradient);
  }
}

}  // namespace

Kernels forward(Tape& tape, const Elementwise& op, int node) {
  Kernels kernels;
  Slot& slot = tape.at(node);
  const Combination c = describe(tape, op, node, kernels);
  const auto full = std::find_if(c.inputs.begin(), c.inputs.end(),
                                 [](const Operand& in) { return !in.broadcast; });
  slot.value = tape.make(full == c.inputs.end() ? plain(slot.shape) : full->values.get_desc());
  kernels.push_back([c, &slot] {
    const std::ptrdiff_t n = std::ptrdiff_t(c.count);
#pragma omp parallel for schedule(static)
    for (std::ptrdiff_t i = 0; i < n; ++i) {
      float value = c.at(0, std::size_t(i));
      for (std::size_t j = 1; j < c.inputs.size(); ++j)
        value = value_of(c.kind, value, c.at(j, std::size_t(i)));
      floats(slot.value)[i] = value;
    }
  });
  return kernels;
}

Kernels backward(Tape& tape, const Elementwise& op, int node) {
  Kernels kernels;
  const Slot& slot = tape.at(node);
  const Combination c = describe(tape, op, node, kernels);
  const dnnl::memory gradient = tape.convert(slot.gradient, slot.value.get_desc(), kernels);
  for (std::size_t i = 0; i < c.inputs.size(); ++i) {
    const Sink sink = tape.sink(slot.inputs[i], c.inputs[i].values.get_desc());
    kernels.push_back(
        [c, i, gradient, to = sink.memory] { send_back(c, i, floats(gradient), floats(to)); });
    kernels.push_back(sink.done);
  }
  return kernels;
}

}  // namespace rfmap::gradient
