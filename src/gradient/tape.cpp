#include "gradient/tape.h"

namespace rfmap::gradient {
namespace {

void add(const dnnl::memory& part, const dnnl::memory& sum) {
  const float* from = floats(part);
  float* to = floats(sum);
  const std::ptrdiff_t n = std::ptrdiff_t(count(sum.get_desc()));
#pragma omp parallel for schedule(static)
  for (std::ptrdiff_t i = 0; i < n; ++i) to[i] += from[i];
}

}  // namespace

Tape::Tape(const dnnl::engine& engine, const Graph& graph)
    : engine_(engine), stream_(engine), constants_(engine), slots_(graph.nodes.size()) {
  for (std::size_t i = 0; i < slots_.size(); ++i) {
    slots_[i].shape = graph.nodes[i].shape;
    slots_[i].inputs = graph.nodes[i].inputs;
    for (int input : slots_[i].inputs) ++slots_[input].readers;
  }
}

dnnl::memory Tape::convert(const dnnl::memory& from, const Desc& wanted, Kernels& kernels) {
  if (from.get_desc() == wanted) return from;
  dnnl::memory to = make(wanted);
  kernels.push_back([this, from, to, reorder = dnnl::reorder(from, to)] {
    dnnl::memory source = from, target = to;
    reorder.execute(stream_, source, target);
    stream_.wait();
  });
  return to;
}

Sink Tape::sink(int node, const Desc& desc) {
  Slot& slot = slots_[node];
  if (slot.readers == 1) {
    slot.gradient = make(desc);
    return {slot.gradient, [&slot] { slot.reached = true; }};
  }
  need_gradient(node);
  Kernels kernels;
  const dnnl::memory part = make(desc);
  const dnnl::memory same = convert(part, slot.gradient.get_desc(), kernels);
  return {part, [this, &slot, same, kernels] {
            for (const auto& kernel : kernels) kernel();
            add_part(slot, same);
          }};
}

void Tape::need_gradient(int node) {
  Slot& slot = slots_[node];
  if (!slot.gradient) slot.gradient = make(slot.value.get_desc());
}

void Tape::add_part(Slot& slot, const dnnl::memory& part) {
  if (slot.reached) {
    add(part, slot.gradient);
    return;
  }
  std::copy_n(floats(part), count(part.get_desc()), floats(slot.gradient));
  slot.reached = true;
}

}  // namespace rfmap::gradient
