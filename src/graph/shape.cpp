#include <algorithm>
#include <cstdint>
#include <limits>
#include <string>
#include <variant>
#include <vector>

#include "rfmap/error.h"
#include "rfmap/graph.h"

#include "core/overloaded.h"
#include "graph/axes.h"

namespace rfmap {
namespace {

std::string text(const Shape& s) {
  return std::to_string(s.c) + " x " + std::to_string(s.h) + " x " + std::to_string(s.w);
}
std::string text(const Size& s) { return std::to_string(s.h) + " x " + std::to_string(s.w); }

/// A sliding window along one axis.
struct Window {
  std::int64_t kernel, stride, dilation, before, after;
};

/// What a shape rule knows of its node.
struct Rule {
  const std::string& node;
  const Operation& op;
  const std::vector<Shape>& inputs;
  const Shape& wanted;

  [[noreturn]] void fail(const std::string& problem) const {
    throw ModelError("node '" + node + "' (" + kind_name(op) + "): " + problem + ".");
  }
  const Shape& in() const { return inputs.front(); }

  void expect_weights(const Floats& values, std::int64_t count, const std::string& what) const {
    if (values && std::int64_t(values->size()) != count)
      fail(what + " hold " + std::to_string(values->size()) + " numbers where " +
           std::to_string(count) + " are expected for an input of " + text(in()));
  }
  int checked(std::int64_t n) const {
    if (n < 1 || n > std::numeric_limits<int>::max())
      fail("its output would have a side of " + std::to_string(n) + " for an input of " +
           text(in()));
    return int(n);
  }
  /// Windows along an axis of n; in ceil mode one that would start in the end padding is dropped
  /// (as PyTorch and ONNX Runtime do).
  int windows(std::int64_t n, const Window& w, bool ceil_mode) const {
    if (w.kernel < 1 || w.stride < 1 || w.dilation < 1 || w.before < 0 || w.after < 0)
      fail("kernel, stride and dilation must be positive and padding not negative");
    std::int64_t room = n + w.before + w.after - (w.dilation * (w.kernel - 1) + 1);
    if (ceil_mode) room += w.stride - 1;
    if (room < 0) return 0;
    std::int64_t count = room / w.stride + 1;
    if (ceil_mode && (count - 1) * w.stride >= n + w.before) --count;
    return checked(count);
  }
  template <class Op>
  Size map_size(const Op& o, bool ceil_mode) const {
    const Size size{
        windows(in().h, {o.kernel.h, o.stride.h, o.dilation.h, o.pad.top, o.pad.bottom}, ceil_mode),
        windows(in().w, {o.kernel.w, o.stride.w, o.dilation.w, o.pad.left, o.pad.right},
                ceil_mode)};
    if (size.h < 1 || size.w < 1)
      fail("its " + text(o.kernel) + " kernel does not fit into its input of " + text(in()) +
           "; a larger input size would help");
    return size;
  }
};

/// As the file says.
Shape input_shape(const Rule& r) {
  if (r.wanted.c < 1 || r.wanted.h < 1 || r.wanted.w < 1)
    r.fail("its shape " + text(r.wanted) + " is not positive");
  return r.wanted;
}

Shape conv_shape(const Rule& r, const Conv& o) {
  if (o.groups < 1 || r.in().c % o.groups != 0 || o.out_channels % o.groups != 0)
    r.fail(std::to_string(o.groups) + " groups do not divide " + std::to_string(r.in().c) +
           " input and " + std::to_string(o.out_channels) + " output channels");
  if (o.out_channels < 1) r.fail("it has no output channels");
  const Size size = r.map_size(o, false);
  r.expect_weights(o.weights,
                   std::int64_t(o.out_channels) * (r.in().c / o.groups) * o.kernel.h * o.kernel.w,
                   "its weights");
  r.expect_weights(o.bias, o.out_channels, "its biases");
  return {o.out_channels, size.h, size.w};
}

Shape pool_shape(const Rule& r, const Pool& o) {
  const Size size = r.map_size(o, o.ceil_mode);
  return {r.in().c, size.h, size.w};
}

Shape affine_shape(const Rule& r, const Affine& o) {
  for (const Floats& values : {o.scale, o.shift})
    if (values && values->size() != std::size_t(r.in().c) && values->size() != r.in().volume())
      r.fail("it holds " + std::to_string(values->size()) +
             " numbers, which is neither one a channel nor one a value of its input of " +
             text(r.in()));
  return r.in();
}

Shape activation_shape(const Rule& r, const Activation& o) {
  if (o.kind == Activation::Kind::prelu && o.slope && o.slope->size() != 1)
    r.expect_weights(o.slope, r.in().c, "its slopes");
  return r.in();
}

Shape elementwise_shape(const Rule& r) {
  if (r.inputs.size() < 2) r.fail("it needs two or more inputs");
  Shape out = r.in();
  for (const Shape& s : r.inputs)
    if (s.h != 1 || s.w != 1) out = s;
  for (const Shape& s : r.inputs)
    if (s != out && s != Shape{out.c, 1, 1})
      r.fail("its inputs of " + text(out) + " and " + text(s) +
             " are neither equal nor one value a channel");
  return out;
}

Shape concat_shape(const Rule& r, const Concat& o) {
  if (o.axis < 0 || o.axis > 2) r.fail("axis " + std::to_string(o.axis) + " is not 0, 1 or 2");
  std::int64_t total = 0;
  for (const Shape& s : r.inputs) {
    Shape same = s;
    extent(same, o.axis) = extent(r.in(), o.axis);
    if (same != r.in())
      r.fail("its inputs of " + text(r.in()) + " and " + text(s) +
             " differ beside the axis along which they are joined");
    total += extent(s, o.axis);
  }
  Shape out = r.in();
  extent(out, o.axis) = r.checked(total);
  return out;
}

Shape slice_shape(const Rule& r, const Slice& o) {
  if (o.axis < 0 || o.axis > 2) r.fail("axis " + std::to_string(o.axis) + " is not 0, 1 or 2");
  if (o.begin < 0 || o.begin >= o.end || o.end > extent(r.in(), o.axis))
    r.fail("it takes " + std::to_string(o.begin) + " to " + std::to_string(o.end) + " along axis " +
           std::to_string(o.axis) + " of an input of " + text(r.in()));
  Shape out = r.in();
  extent(out, o.axis) = o.end - o.begin;
  return out;
}

Shape pad_shape(const Rule& r, const Pad& o) {
  const Margins& m = o.margins;
  return {r.in().c, r.checked(std::int64_t(r.in().h) + m.top + m.bottom),
          r.checked(std::int64_t(r.in().w) + m.left + m.right)};
}

Shape reshape_shape(const Rule& r) {
  if (r.wanted.c < 1 || r.wanted.h < 1 || r.wanted.w < 1 || r.wanted.volume() != r.in().volume())
    r.fail("an input of " + text(r.in()) + " cannot take the shape " + text(r.wanted));
  return r.wanted;
}

Shape transpose_shape(const Rule& r, const Transpose& o) {
  auto sorted = o.order;
  std::sort(sorted.begin(), sorted.end());
  if (sorted != std::array<int, 3>{0, 1, 2}) r.fail("its axes are not an order of (0, 1, 2)");
  return {extent(r.in(), o.order[0]), extent(r.in(), o.order[1]), extent(r.in(), o.order[2])};
}

Shape shuffle_shape(const Rule& r, const ChannelShuffle& o) {
  if (o.groups < 1 || r.in().c % o.groups != 0)
    r.fail(std::to_string(o.groups) + " groups do not divide " + std::to_string(r.in().c) +
           " channels");
  return r.in();
}

Shape softmax_shape(const Rule& r, const Softmax& o) {
  if (o.axis < 0 || o.axis > 2) r.fail("axis " + std::to_string(o.axis) + " is not 0, 1 or 2");
  return r.in();
}

Shape dense_shape(const Rule& r, const FullyConnected& o) {
  if (r.in().h != 1 || r.in().w != 1)
    r.fail("its input of " + text(r.in()) + " is not a vector; it has to be flattened first");
  if (o.out < 1) r.fail("it has no outputs");
  r.expect_weights(o.weights, std::int64_t(o.out) * r.in().c, "its weights");
  r.expect_weights(o.bias, o.out, "its biases");
  return {o.out, 1, 1};
}

Shape lrn_shape(const Rule& r, const Lrn& o) {
  if (o.size < 1) r.fail("its size " + std::to_string(o.size) + " is not positive");
  return r.in();
}

}  // namespace

Shape output_shape(const std::string& node, const Operation& op, const std::vector<Shape>& inputs,
                   const Shape& wanted) {
  const Rule r{node, op, inputs, wanted};
  const bool is_input = std::holds_alternative<Input>(op);
  const bool joins = std::holds_alternative<Elementwise>(op) || std::holds_alternative<Concat>(op);
  if (is_input ? !inputs.empty() : joins ? inputs.empty() : inputs.size() != 1)
    r.fail("it has " + std::to_string(inputs.size()) + " inputs");
  return std::visit(Overloaded{
                        [&](const Input&) { return input_shape(r); },
                        [&](const Conv& o) { return conv_shape(r, o); },
                        [&](const Pool& o) { return pool_shape(r, o); },
                        [&](const GlobalPool&) {
                          return Shape{r.in().c, 1, 1};
                        },
                        [&](const Lrn& o) { return lrn_shape(r, o); },
                        [&](const Affine& o) { return affine_shape(r, o); },
                        [&](const Activation& o) { return activation_shape(r, o); },
                        [&](const Softmax& o) { return softmax_shape(r, o); },
                        [&](const Elementwise&) { return elementwise_shape(r); },
                        [&](const Concat& o) { return concat_shape(r, o); },
                        [&](const Slice& o) { return slice_shape(r, o); },
                        [&](const Pad& o) { return pad_shape(r, o); },
                        [&](const Reshape&) { return reshape_shape(r); },
                        [&](const Transpose& o) { return transpose_shape(r, o); },
                        [&](const ChannelShuffle& o) { return shuffle_shape(r, o); },
                        [&](const FullyConnected& o) { return dense_shape(r, o); },
                        [&](const TheoryOnly&) { return input_shape(r); },
                    },
                    op);
}

}  // namespace rfmap
