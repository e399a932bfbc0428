#include <optional>
#include <string>
#include <unordered_map>

#include "gradient/operations.h"
#include "onednn/layout.h"
#include "onednn/sliding.h"
#include "onednn/threads.h"

namespace rfmap::gradient {
namespace {

using onednn::Tag;
using Arguments = std::unordered_map<int, dnnl::memory>;

dnnl::memory weights_of(Tape& tape, const Conv& op, int node, const Desc& wanted) {
  const int channels = tape.input(node, 0).shape.c;
  return tape.constants().get(op.weights, onednn::weights_desc(op, channels, Tag::oihw, Tag::goihw),
                              wanted);
}

/// A kernel that runs a primitive, on one thread if `single`.
std::function<void()> kernel_of(Tape& tape, const dnnl::primitive& primitive,
                                const Arguments& arguments, bool single) {
  return [&tape, primitive, arguments, single] {
    std::optional<onednn::ThreadScope> one;
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
  const onednn::Sliding sliding = onednn::sliding_of(op, in, out);
  auto made = onednn::convolution(tape.engine(),
                                  onednn::convolution_descs(op, 1, in, out, Tag::any), sliding, {});
  single = !onednn::keeps_order(made) || !onednn::layout_of(made.dst_desc());
  if (!single) return made;
  const onednn::ThreadScope one(1);
  return onednn::convolution(tape.engine(), onednn::convolution_descs(op, 1, in, out, Tag::nchw),
                             sliding, {});
}

dnnl::convolution_backward_data::primitive_desc describe_backward(Tape& tape, const Conv& op,
                                                                  int node, bool& single) {
  const Shape &in = tape.input(node, 0).shape, &out = tape.at(node).shape;
  const onednn::Sliding sliding = onednn::sliding_of(op, in, out);
  bool forward_single = false;
  const auto hint = describe(tape, op, node, forward_single);
  auto made = onednn::convolution_backward(
      tape.engine(), onednn::convolution_descs(op, 1, in, out, Tag::any), sliding, hint);
  single = !onednn::keeps_order(made) || !onednn::layout_of(made.diff_src_desc());
  if (!single) return made;
  const onednn::ThreadScope one(1);
  return onednn::convolution_backward(
      tape.engine(), onednn::convolution_descs(op, 1, in, out, Tag::nchw), sliding, hint);
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
      {DNNL_ARG_WEIGHTS, weights_of(tape, op, node, made.weights_desc())},
      {DNNL_ARG_DST, slot.value}};
  const Desc bias = onednn::bias_desc_of(op.bias);
  if (op.bias) arguments[DNNL_ARG_BIAS] = tape.constants().get(op.bias, bias, bias);
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
  const Arguments arguments{{DNNL_ARG_DIFF_DST, gradient},
                            {DNNL_ARG_WEIGHTS, weights_of(tape, op, node, made.weights_desc())},
                            {DNNL_ARG_DIFF_SRC, sink.memory}};
  kernels.push_back(kernel_of(tape, dnnl::convolution_backward_data(made), arguments, single));
  kernels.push_back(sink.done);
  return kernels;
}

}  // namespace rfmap::gradient
