#include <cstdint>

#include <fmt/format.h>

#include "graph/axes.h"
#include "graph/facts.h"
#include "graph/ops/common.h"

namespace rfmap {

using namespace graph;

namespace {

/// Moved by `begin` along one axis.
Reads shifted(int begin) { return Sliding{1, 1, 1, -begin}; }

/// Each position reads its own, or some of the axis. `out`: with one position it reads all of it.
Reads kept_axis(bool kept, const Shape& out) {
  return kept ? Reads(Sliding{}) : Reads(WholeAxis{.moved = out.area() > 1});
}

ChannelReads kept_channels(bool kept) {
  return kept ? ChannelReads(SameChannel{}) : ChannelReads(AllChannels{});
}

/// Element-wise but for one axis: `reads` along rows or columns, or channels moved by `by`.
InputReads moved_along(int axis, const Reads& reads, int by) {
  InputReads moved = cellwise();
  if (axis == 0)
    moved.channels = ShiftedChannel{by};
  else
    (axis == 1 ? moved.y : moved.x) = reads;
  return moved;
}

}  // namespace

std::string Concat::name() const { return "concatenation"; }

Facts Concat::facts(const Given& g) const {
  g.expect_inputs(!g.inputs.empty());
  expect_axis(g, axis);
  Facts facts;
  int begin = 0;
  std::int64_t total = 0;
  for (std::size_t i = 0; i < g.inputs.size(); ++i) {
    const Shape& s = g.inputs[i];
    Shape same = s;
    extent(same, axis) = extent(g.in(), axis);
    if (same != g.in())
      g.fail("its inputs of " + text(g.in()) + " and " + text(s) +
             " differ beside the axis along which they are joined");
    total += extent(s, axis);
    checked_side(g, total);
    const Joined joined{begin, extent(s, axis), i == 0, i + 1 == g.inputs.size()};
    facts.inputs.push_back(moved_along(axis, joined, -begin));
    begin = int(total);
  }
  facts.shape = g.in();
  extent(facts.shape, axis) = checked_side(g, total);
  return facts;
}

std::string Slice::name() const { return "slice"; }

Facts Slice::facts(const Given& g) const {
  g.expect_inputs(g.inputs.size() == 1);
  expect_axis(g, axis);
  if (begin < 0 || begin >= end || end > extent(g.in(), axis))
    g.fail(fmt::format("it takes {} to {} along axis {} of an input of {}", begin, end, axis,
                       text(g.in())));
  Shape shape = g.in();
  extent(shape, axis) = end - begin;
  return {.shape = shape, .inputs = {moved_along(axis, shifted(begin), begin)}};
}

std::string Pad::name() const { return "padding"; }

Facts Pad::facts(const Given& g) const {
  g.expect_inputs(g.inputs.size() == 1);
  const Shape shape{g.in().c,
                    checked_side(g, std::int64_t(g.in().h) + margins.top + margins.bottom),
                    checked_side(g, std::int64_t(g.in().w) + margins.left + margins.right)};
  return {.shape = shape,
          .inputs = {{shifted(-margins.top), shifted(-margins.left), SameChannel{}}},
          .border = value};
}

std::string Reshape::name() const { return "reshape"; }

Facts Reshape::facts(const Given& g) const {
  g.expect_inputs(g.inputs.size() == 1);
  const Shape &in = g.in(), &out = g.wanted;
  if (out.c < 1 || out.h < 1 || out.w < 1 || out.volume() != in.volume())
    g.fail("an input of " + text(in) + " cannot take the shape " + text(out));
  // Columns vary fastest: rows keep their positions only if the columns do.
  const bool keeps_columns = in.w == out.w, keeps_rows = keeps_columns && in.h == out.h;
  const bool one_row = in.h == 1 && out.h == 1;
  return {.shape = out,
          .inputs = {{kept_axis(keeps_rows || one_row, out), kept_axis(keeps_columns, out),
                      kept_channels(in == out)}},
          .uniform = in == out};
}

}  // namespace rfmap
