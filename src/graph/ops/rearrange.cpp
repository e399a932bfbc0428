#include <algorithm>
#include <array>
#include <cstdint>

#include "graph/axes.h"
#include "graph/facts.h"
#include "graph/ops/common.h"

namespace rfmap {
namespace {

/// Moved by `begin` along one axis.
Reads shifted(int begin) { return Sliding{1, 1, 1, -begin}; }

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
    facts.inputs.push_back(
        {axis == 1 ? Reads(joined) : Reads(Sliding{}), axis == 2 ? Reads(joined) : Reads(Sliding{}),
         axis == 0 ? ChannelReads(ShiftedChannel{-begin}) : ChannelReads(SameChannel{})});
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
    g.fail("it takes " + std::to_string(begin) + " to " + std::to_string(end) + " along axis " +
           std::to_string(axis) + " of an input of " + text(g.in()));
  Facts facts;
  facts.shape = g.in();
  extent(facts.shape, axis) = end - begin;
  facts.inputs = {{shifted(axis == 1 ? begin : 0), shifted(axis == 2 ? begin : 0),
                   axis == 0 ? ChannelReads(ShiftedChannel{begin}) : ChannelReads(SameChannel{})}};
  return facts;
}

std::string Pad::name() const { return "padding"; }

Facts Pad::facts(const Given& g) const {
  g.expect_inputs(g.inputs.size() == 1);
  Facts facts;
  facts.shape = {g.in().c, checked_side(g, std::int64_t(g.in().h) + margins.top + margins.bottom),
                 checked_side(g, std::int64_t(g.in().w) + margins.left + margins.right)};
  facts.inputs = {{shifted(-margins.top), shifted(-margins.left), SameChannel{}}};
  facts.border = value;
  return facts;
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
  Facts facts;
  facts.shape = out;
  facts.inputs = {{keeps_rows || one_row ? Reads(Sliding{}) : Reads(WholeAxis{}),
                   keeps_columns ? Reads(Sliding{}) : Reads(WholeAxis{}),
                   in == out ? ChannelReads(SameChannel{}) : ChannelReads(AllChannels{})}};
  facts.uniform = in == out;
  return facts;
}

std::string Transpose::name() const { return "transpose"; }

Facts Transpose::facts(const Given& g) const {
  g.expect_inputs(g.inputs.size() == 1);
  auto sorted = order;
  std::sort(sorted.begin(), sorted.end());
  if (sorted != std::array<int, 3>{0, 1, 2}) g.fail("its axes are not an order of (0, 1, 2)");
  const auto along = [&](int axis) {
    const bool one = extent(g.in(), axis) == 1 && extent(g.in(), order[axis]) == 1;
    return order[axis] == axis || one ? Reads(Sliding{}) : Reads(WholeAxis{});
  };
  Facts facts;
  facts.shape = {extent(g.in(), order[0]), extent(g.in(), order[1]), extent(g.in(), order[2])};
  facts.inputs = {{along(1), along(2),
                   order[0] == 0 ? ChannelReads(SameChannel{}) : ChannelReads(AllChannels{})}};
  facts.uniform = sorted == order;
  return facts;
}

}  // namespace rfmap
