#include <optional>
#include <string>
#include <unordered_map>

#include "cpu/layout.h"
#include "cpu/sliding.h"
#include "cpu/threads.h"
#include "gradient/library.h"
#include "gradient/operations.h"

namespace rfmap::gradient {
namespace {

using cpu::Tag;
using Arguments = std::unordered_map<int, dnnl::memory>;

/// Layouts of source, weights, bias and destination; `tag` is that of source and destination.
std::vector<Desc> descs_of(const Conv& op, const Shape& in, const Shape& out, Tag tag) {
  return {cpu::describe({1, in.c, in.h, in.w}, tag),
          cpu::weights_desc(op, in.c, Tag::any, Tag::any), cpu::bias_desc_of(op.bias),
          cpu::describe({1, out.c, out.h, out.w}, tag)};
}

dnnl::memory weights_of(Tape& tape, const Conv& op, int in_channels, const Desc& wanted) {
  const Desc given = cpu::weights_desc(op, in_channels, Tag::oihw, Tag::goihw);
  // oneDNN takes inputs as void*, but does not write to them.
  dnnl::memory from(given, tape.engine(), const_cast<float*>(op.weights->data()));
  if (given == wanted) return from;
  dnnl::memory to = tape.make(wanted);
  dnnl::reorder(from, to).execute(tape.stream(), from, to);
  tape.stream().wait();
  return to;
}

/// A kernel that runs a primitive, on one thread if `single`.
std::function<void()> kernel_of(Tape& tape, const dnnl::primitive& primitive,
                                const Arguments& arguments, bool single) {
  return [&tape, primitive, arguments, single] {
    std::optional<cpu::ThreadScope> one;
    if (single) one.emplace(1);
    primitive.execute(tape.stream(), arguments);
    tape.stream().wait();
  };
}

/// The forward primitive; created again for one thread if its bits would depend on the number of
/// threads.
dnnl::convolution_forward::primitive_desc describe(Tape& tape, const Conv& op, int node,
                                                   bool& single) {
  const Shape &in = tape.input(node, 0).shape, &out = tape.at(node).shape;
  const cpu::Sliding sliding = cpu::sliding_of(op, in, out);
  auto made = cpu::convolution(tape.engine(), descs_of(op, in, out, Tag::any), sliding, {});
  single = !cpu::keeps_order(made) || !cpu::layout_of(made.dst_desc());
  if (!single) return made;
  const cpu::ThreadScope one(1);
  return cpu::convolution(tape.engine(), descs_of(op, in, out, Tag::nchw), sliding, {});
}

dnnl::convolution_backward_data::primitive_desc describe_backward(Tape& tape, const Conv& op,
                                                                  int node, bool& single) {
  const Shape &in = tape.input(node, 0).shape, &out = tape.at(node).shape;
  const cpu::Sliding sliding = cpu::sliding_of(op, in, out);
  bool forward_single = false;
  const auto hint = describe(tape, op, node, forward_single);
  auto made = convolution_backward(tape.engine(), descs_of(op, in, out, Tag::any), sliding, hint);
  single = !cpu::keeps_order(made) || !cpu::layout_of(made.diff_src_desc());
  if (!single) return made;
  const cpu::ThreadScope one(1);
  return convolution_backward(tape.engine(), descs_of(op, in, out, Tag::nchw), sliding, hint);
}

}  // namespace

Kernels forward(Tape& tape, const Conv& op, int node) {
  bool single = false;
  const auto made = describe(tape, op, node, single);
  Kernels kernels;
  Slot& slot = tape.at(node);
  slot.value = tape.make(made.dst_desc());
  Arguments arguments{
      {DNNL_ARG_SRC, tape.convert(tape.input(node, 0).value, made.src_desc(), kernels)},
      {DNNL_ARG_WEIGHTS, weights_of(tape, op, tape.input(node, 0).shape.c, made.weights_desc())},
      {DNNL_ARG_DST, slot.value}};
  if (op.bias)
    arguments[DNNL_ARG_BIAS] = dnnl::memory(cpu::bias_desc_of(op.bias), tape.engine(),
                                            const_cast<float*>(op.bias->data()));
  kernels.push_back(kernel_of(tape, dnnl::convolution_forward(made), arguments, single));
  return kernels;
}

Kernels backward(Tape& tape, const Conv& op, int node) {
  bool single = false;
  const auto made = describe_backward(tape, op, node, single);
  Kernels kernels;
  const Slot& slot = tape.at(node);
  const dnnl::memory gradient = tape.convert(slot.gradient, made.diff_dst_desc(), kernels);
  const Sink sink = tape.sink(slot.inputs[0], made.diff_src_desc());
  const Arguments arguments{
      {DNNL_ARG_DIFF_DST, gradient},
      {DNNL_ARG_WEIGHTS, weights_of(tape, op, tape.input(node, 0).shape.c, made.weights_desc())},
      {DNNL_ARG_DIFF_SRC, sink.memory}};
  kernels.push_back(kernel_of(tape, dnnl::convolution_backward_data(made), arguments, single));
  kernels.push_back(sink.done);
  return kernels;
}

}  // namespace rfmap::gradient
