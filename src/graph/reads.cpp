#include "graph/reads.h"

#include <algorithm>
#include <cmath>
#include <variant>

#include "core/overloaded.h"
#include "graph/axes.h"

namespace rfmap {
namespace {

/// Coordinates are fractions of small whole numbers: much coarser than this.
constexpr double kSlack = 1e-6;

int slice_begin(const Slice& o, int axis) { return o.axis == axis ? o.begin : 0; }
int pad_before(const Pad& o, int axis) { return axis == 1 ? o.margins.top : o.margins.left; }

template <class Op>
Span window_reads(const Op& o, int axis, Span out) {
  const bool y = axis == 1;
  const int stride = y ? o.stride.h : o.stride.w, pad = y ? o.pad.top : o.pad.left;
  const int dilation = y ? o.dilation.h : o.dilation.w;
  const int reach = dilation * ((y ? o.kernel.h : o.kernel.w) - 1);
  return {out.first * stride - pad, out.last * stride - pad + reach, dilation};
}

/// The part of `out` that input `i` makes; beyond the map lies the padding of the outermost ones.
Span concat_reads(const Graph& graph, const Node& node, int i, int axis, Span out) {
  if (std::get<Concat>(node.op).axis != axis) return out;
  int begin = 0;
  for (int k = 0; k < i; ++k) begin += extent(graph.nodes[node.inputs[k]].shape, axis);
  const int end = begin + extent(graph.nodes[node.inputs[i]].shape, axis);
  if (i > 0) out.first = std::max(out.first, begin);
  if (i + 1 < int(node.inputs.size())) out.last = std::min(out.last, end - 1);
  return {out.first - begin, out.last - begin};
}

/// An input of one value a channel is read from every position.
Span elementwise_reads(const Shape& input, const Shape& out_shape, Span out) {
  return input.area() == 1 && out_shape.area() > 1 ? Span{0, 0} : out;
}

}  // namespace

Span reads_of(const AxisReads& reads, int u) {
  const double c = u * reads.scale + reads.shift;
  const double first = c - reads.before, last = c + reads.after;
  const auto open = [](bool is_open) { return is_open ? kSlack : -kSlack; };
  return {int(std::ceil(first + open(reads.open_before))),
          int(std::floor(last - open(reads.open_after)))};
}

Span clip(const Span& span, int side, bool repeats_border) {
  if (span.empty()) return {};
  if (repeats_border)
    return {std::clamp(span.first, 0, side - 1), std::clamp(span.last, 0, side - 1), span.step};
  const int below = std::max(0, -span.first);
  return {span.first + (below + span.step - 1) / span.step * span.step,
          std::min(span.last, side - 1), span.step};
}

bool repeats_border(const Node& node, int axis) {
  const auto* op = std::get_if<TheoryOnly>(&node.op);
  return op && (axis == 1 ? op->y : op->x).repeats_border;
}

bool mixes_axis(const Node& node, const Shape& input, int axis) {
  const Shape& out = node.shape;
  if (extent(input, axis) == 1 && extent(out, axis) == 1) return false;
  return std::visit(
      Overloaded{
          [](const auto&) { return false; },
          [](const GlobalPool&) { return true; },
          [](const FullyConnected&) { return true; },
          [&](const Softmax& o) { return o.all || o.axis == axis; },
          // Columns run fastest: rows keep their place only where the columns do.
          [&](const Reshape&) { return input.w != out.w || (axis == 1 && input.h != out.h); },
          [&](const Transpose& o) { return o.order[std::size_t(axis)] != axis; },
      },
      node.op);
}

Span reads_of(const Graph& graph, const Node& node, int i, int axis, Span out) {
  const Shape& input = graph.nodes[std::size_t(node.inputs[std::size_t(i)])].shape;
  if (out.empty()) return {};
  if (mixes_axis(node, input, axis)) return {0, extent(input, axis) - 1};
  return std::visit(
      Overloaded{
          [&](const auto&) { return out; },
          [&](const Conv& o) { return window_reads(o, axis, out); },
          [&](const Pool& o) { return window_reads(o, axis, out); },
          [&](const Elementwise&) { return elementwise_reads(input, node.shape, out); },
          [&](const Concat&) { return concat_reads(graph, node, i, axis, out); },
          [&](const Slice& o) {
            const int begin = slice_begin(o, axis);
            return Span{out.first + begin, out.last + begin};
          },
          [&](const Pad& o) {
            const int before = pad_before(o, axis);
            return Span{out.first - before, out.last - before};
          },
          [&](const TheoryOnly& o) {
            const AxisReads& reads = axis == 1 ? o.y : o.x;
            return Span{reads_of(reads, out.first).first, reads_of(reads, out.last).last};
          },
      },
      node.op);
}

}  // namespace rfmap
