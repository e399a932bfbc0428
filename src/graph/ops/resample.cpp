#include <algorithm>
#include <string>
#include <utility>

#include <fmt/format.h>

#include "graph/facts.h"
#include "graph/ops/common.h"

namespace rfmap {

using namespace graph;

namespace {

void check_taps(const Given& g, const AxisTaps& taps, int in_extent) {
  if (!taps.index) return;
  const std::vector<int>& index = *taps.index;
  if (taps.width < 1 || index.empty() || index.size() % std::size_t(taps.width) != 0)
    g.fail(fmt::format("its {} taps are not a multiple of its width {}", index.size(), taps.width));
  if (!taps.weight || taps.weight->size() != index.size())
    g.fail("it has not one weight for each tap");
  for (const int i : index)
    if (i < -1 || i >= in_extent)
      g.fail(fmt::format("it reads position {} of an input of {}", i, text(g.in())));
}

/// The hull of a position's taps.
Span hull_of_taps(const AxisTaps& taps, int position) {
  Span span;
  const auto first = taps.index->begin() + std::ptrdiff_t(position) * taps.width;
  for (auto i = first; i != first + taps.width; ++i) {
    if (*i < 0) continue;
    span = span.empty() ? Span{*i, *i} : Span{std::min(span.first, *i), std::max(span.last, *i)};
  }
  return span;
}

Reads reads_of_taps(const AxisTaps& taps, int in_extent) {
  if (!taps.index) return Sliding{};
  Listed listed{{}, taps.reads};
  for (int u = 0; u < taps.positions(in_extent); ++u) listed.spans.push_back(hull_of_taps(taps, u));
  return listed;
}

bool any_below_zero(const AxisTaps& taps) {
  return taps.weight && std::any_of(taps.weight->begin(), taps.weight->end(),
                                    [](float weight) { return weight < 0; });
}

}  // namespace

std::string Resample::name() const { return kind; }

Facts Resample::facts(const Given& g) const {
  g.expect_inputs(g.inputs.size() == 1);
  const Shape& in = g.in();
  check_taps(g, y, in.h);
  check_taps(g, x, in.w);
  return {.shape = {in.c, checked_side(g, y.positions(in.h)), checked_side(g, x.positions(in.w))},
          .inputs = {{reads_of_taps(y, in.h), reads_of_taps(x, in.w), SameChannel{}}},
          .sign = any_below_zero(y) || any_below_zero(x) ? Sign::any : Sign::as_inputs,
          .uniform = false,
          .gather = gather_of(*this)};
}

}  // namespace rfmap
