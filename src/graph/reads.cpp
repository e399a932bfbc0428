#include "graph/reads.h"

#include <algorithm>
#include <cmath>

#include "core/overloaded.h"

namespace rfmap::graph {
namespace {

/// Coordinates are fractions of small integers, which are much coarser than this.
constexpr double kRounding = 1e-6;

/// The part of `out` that comes from the input.
Span joined_reads(const Joined& j, Span out) {
  if (!j.first) out.first = std::max(out.first, j.begin);
  if (!j.last) out.last = std::min(out.last, j.begin + j.length - 1);
  return {out.first - j.begin, out.last - j.begin};
}

Span hull_of_formula(const AxisReads& reads, const Span& out) {
  return {reads_of(reads, out.first).first, reads_of(reads, out.last).last};
}

/// The positions inside a map of `side`; if its border is repeated, positions beyond it become the
/// border.
Span clip(const Span& span, int side, bool repeats_border) {
  if (span.empty()) return {};
  if (repeats_border)
    return {std::clamp(span.first, 0, side - 1), std::clamp(span.last, 0, side - 1), span.step};
  const int below = std::max(0, -span.first);
  return {span.first + (below + span.step - 1) / span.step * span.step,
          std::min(span.last, side - 1), span.step};
}

}  // namespace

Span reads_of(const AxisReads& reads, int u) {
  const double c = u * reads.scale + reads.shift;
  const double first = c - reads.before, last = c + reads.after;
  const auto open = [](bool is_open) { return is_open ? kRounding : -kRounding; };
  return {int(std::ceil(first + open(reads.open_before))),
          int(std::floor(last - open(reads.open_after)))};
}

Span reads_of(const Reads& reads, int in_extent, Span out) {
  if (out.empty()) return {};
  return std::visit(core::Overloaded{
                        [&](const Sliding& s) {
                          return Span{out.first * s.stride - s.pad,
                                      out.last * s.stride - s.pad + s.reach() - 1, s.dilation};
                        },
                        [&](const WholeAxis&) {
                          return Span{0, in_extent - 1};
                        },
                        [](const Broadcast&) {
                          return Span{0, 0};
                        },
                        [&](const Joined& j) { return joined_reads(j, out); },
                        [&](const AxisReads& r) { return hull_of_formula(r, out); },
                        [&](const Listed& l) { return hull_of_formula(l.formula, out); },
                    },
                    reads);
}

Span reads_inside(const Reads& reads, int in_extent, int u) {
  if (const auto* listed = std::get_if<Listed>(&reads)) return listed->spans[std::size_t(u)];
  const auto* scaled = std::get_if<AxisReads>(&reads);
  return clip(reads_of(reads, in_extent, {u, u}), in_extent, scaled && scaled->repeats_border);
}

bool follows_formula(const Reads& reads) {
  return !std::holds_alternative<AxisReads>(reads) && !std::holds_alternative<Joined>(reads) &&
         !std::holds_alternative<Listed>(reads);
}

}  // namespace rfmap::graph
