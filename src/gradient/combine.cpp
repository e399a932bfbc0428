#include <algorithm>

#include "gradient/operations.h"

namespace rfmap::gradient {
namespace {

/// The inputs of one combination in a common layout. Inputs with one value per channel are
/// broadcast over `area`; then all are in plain order.
struct Combination {
  Elementwise::Kind kind{};
  std::vector<dnnl::memory> inputs;
  std::vector<bool> broadcast;
  std::size_t count = 0, area = 1;

  float at(std::size_t input, std::size_t i) const {
    return floats(inputs[input])[broadcast[input] ? i / area : i];
  }
};

Combination describe(Tape& tape, const Elementwise& op, int node, Kernels& kernels) {
  const Slot& slot = tape.at(node);
  Combination c;
  c.kind = op.kind;
  c.area = slot.shape.area();
  bool all_full = true;
  for (std::size_t i = 0; i < slot.inputs.size(); ++i) {
    c.broadcast.push_back(tape.input(node, int(i)).shape != slot.shape);
    all_full = all_full && !c.broadcast.back();
  }
  const Desc full = all_full ? tape.input(node, 0).value.get_desc() : plain(slot.shape);
  for (std::size_t i = 0; i < slot.inputs.size(); ++i) {
    const Slot& in = tape.input(node, int(i));
    c.inputs.push_back(tape.convert(in.value, c.broadcast[i] ? plain(in.shape) : full, kernels));
  }
  c.count = count(full);
  return c;
}

float combined(Elementwise::Kind kind, float a, float b) {
  if (kind == Elementwise::Kind::sum) return a + b;
  if (kind == Elementwise::Kind::product) return a * b;
  return a < b ? b : a;
}

/// d output / d input at value i.
float slope_at(const Combination& c, std::size_t input, std::size_t i) {
  if (c.kind == Elementwise::Kind::sum) return 1;
  if (c.kind == Elementwise::Kind::product) {
    float others = 1;
    for (std::size_t j = 0; j < c.inputs.size(); ++j)
      if (j != input) others *= c.at(j, i);
    return others;
  }
  std::size_t largest = 0;
  for (std::size_t j = 1; j < c.inputs.size(); ++j)
    if (c.at(largest, i) < c.at(j, i)) largest = j;
  return largest == input ? 1.f : 0.f;
}

void send_back(const Combination& c, std::size_t input, const float* gradient, float* to) {
  const std::ptrdiff_t n = std::ptrdiff_t(c.count);
  if (!c.broadcast[input]) {
#pragma omp parallel for schedule(static)
    for (std::ptrdiff_t i = 0; i < n; ++i) to[i] = gradient[i] * slope_at(c, input, std::size_t(i));
    return;
  }
#pragma omp parallel for schedule(static)
  for (std::ptrdiff_t channel = 0; channel < n / std::ptrdiff_t(c.area); ++channel) {
    double sum = 0;
    for (std::size_t i = channel * c.area; i < (channel + 1) * c.area; ++i)
      sum += double(gradient[i]) * slope_at(c, input, i);
    to[channel] = float(sum);
  }
}

}  // namespace

template <>
Kernels forward(Tape& tape, const Elementwise& op, int node) {
  Kernels kernels;
  Slot& slot = tape.at(node);
  const Combination c = describe(tape, op, node, kernels);
  const auto full = std::find(c.broadcast.begin(), c.broadcast.end(), false);
  slot.value = tape.make(c.inputs[full - c.broadcast.begin()].get_desc());
  kernels.push_back([c, &slot] {
    const std::ptrdiff_t n = std::ptrdiff_t(c.count);
#pragma omp parallel for schedule(static)
    for (std::ptrdiff_t i = 0; i < n; ++i) {
      float value = c.at(0, std::size_t(i));
      for (std::size_t j = 1; j < c.inputs.size(); ++j)
        value = combined(c.kind, value, c.at(j, std::size_t(i)));
      floats(slot.value)[i] = value;
    }
  });
  return kernels;
}

template <>
Kernels backward(Tape& tape, const Elementwise& op, int node) {
  Kernels kernels;
  const Slot& slot = tape.at(node);
  const Combination c = describe(tape, op, node, kernels);
  const dnnl::memory gradient = tape.convert(slot.gradient, slot.value.get_desc(), kernels);
  for (std::size_t i = 0; i < c.inputs.size(); ++i) {
    const Sink sink = tape.sink(slot.inputs[i], c.inputs[i].get_desc());
    kernels.push_back(
        [c, i, gradient, to = sink.memory] { send_back(c, i, floats(gradient), floats(to)); });
    kernels.push_back(sink.done);
  }
  return kernels;
}

}  // namespace rfmap::gradient
