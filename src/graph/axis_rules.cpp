#include "graph/axis_rules.h"

#include <algorithm>
#include <cmath>
#include <limits>
#include <vector>

#include "core/overloaded.h"
#include "graph/reads.h"

namespace rfmap::graph {
namespace {

using Piece = AxisField::Piece;

constexpr Interval kNothing{std::numeric_limits<double>::infinity(),
                            -std::numeric_limits<double>::infinity()};
constexpr double kSlack = 1e-9;

Interval seen_at(const AxisField& axis, int position) {
  const bool inside = position >= 0 && position < int(axis.seen.size());
  return inside ? axis.seen[position] : kNothing;
}

double centre(const Piece& piece) { return piece.start + (piece.size - 1) / 2; }

bool same_stride(const Piece& a, const Piece& b) { return std::fabs(a.stride - b.stride) < kSlack; }

/// Merges `piece` into the piece with the same stride; true if both have the same centre.
bool add_piece(std::vector<Piece>& pieces, const Piece& piece) {
  for (Piece& known : pieces) {
    if (!same_stride(known, piece)) continue;
    const bool agrees = std::fabs(centre(known) - centre(piece)) < kSlack;
    const double end = std::max(known.start + known.size, piece.start + piece.size);
    known.start = std::min(known.start, piece.start);
    known.size = end - known.start;
    return agrees;
  }
  pieces.push_back(piece);
  return pieces.size() == 1;
}

/// r += growth S; P -= shift S; S *= scale. For resampled maps an outer bound of what a
/// position reads: exact boxes, which change from position to position, come from `seen` and
/// neuron_box.
AxisField moved(const AxisField& in, double shift, double growth, double scale) {
  AxisField out = in;
  for (Piece& piece : out.pieces) {
    piece.start += shift * piece.stride;
    piece.size += growth * piece.stride;
    piece.stride *= scale;
  }
  return out;
}

AxisField moved(const AxisField& in, const AxisReads& reads) {
  return moved(in, reads.shift - reads.before, reads.before + reads.after, reads.scale);
}

/// Every output position depends on all `in_extent` input positions: their hull, stride 0.
AxisField pool_all(const AxisField& in, int in_extent) {
  if (in.pieces.empty()) return in;
  Interval hull = in.at(0);
  extend(hull, in.at(in_extent - 1));
  AxisField out;
  out.pieces = {Piece{hull.first, 0, hull.last - hull.first + 1}};
  return out;
}

/// All positions have one value.
bool is_single(const Reads& reads, const AxisField& in, int in_extent, int out_extent) {
  if (std::holds_alternative<Broadcast>(reads)) return true;
  if (std::holds_alternative<WholeAxis>(reads)) return out_extent == 1;
  return !in.has_local() && (in.single || in_extent == 1);
}

/// Different positions of a map of which each sees everything (attention).
bool is_global_map(const AxisField& in) { return !in.has_local() && !in.single; }

/// Every position of every input counts, for each position of the output.
void pool_everything(AxisField& merged, std::span<const AxisField> inputs) {
  Interval hull = kNothing;
  for (const AxisField& in : inputs)
    for (const int u : {0, std::max(0, int(in.seen.size()) - 1)}) extend(hull, in.at(u));
  merged.pieces = {Piece{hull.first, 0, hull.last - hull.first + 1}};
  merged.aligned = true;
}

}  // namespace

void extend(Interval& hull, const Interval& other) {
  hull.first = std::min(hull.first, other.first);
  hull.last = std::max(hull.last, other.last);
}

AxisField field_through(const Reads& reads, const AxisField& in, int in_extent, int out_extent) {
  AxisField out =
      std::visit(core::Overloaded{
                     [&](const Sliding& s) { return moved(in, -s.pad, s.reach() - 1, s.stride); },
                     [&](const WholeAxis&) { return pool_all(in, in_extent); },
                     [&](const Broadcast&) { return pool_all(in, 1); },
                     [&](const Joined& j) { return moved(in, -j.begin, 0, 1); },
                     [&](const AxisReads& r) { return moved(in, r); },
                     [&](const Listed& l) { return moved(in, l.formula); },
                 },
                 reads);
  const auto* whole = std::get_if<WholeAxis>(&reads);
  out.followed = in.followed && !(whole && whole->moved);
  out.single = is_single(reads, in, in_extent, out_extent);
  out.seen.assign(out_extent, kNothing);
  for (int u = 0; u < out_extent; ++u) {
    const Span span = reads_inside(reads, in_extent, u);
    for (int i = span.first; i <= span.last; i += span.step) extend(out.seen[u], seen_at(in, i));
  }
  return out;
}

AxisField merge(std::span<const AxisField> inputs) {
  AxisField out;
  out.pieces.clear();
  out.single = std::ranges::all_of(inputs, &AxisField::single);
  out.followed = std::ranges::all_of(inputs, &AxisField::followed);
  std::vector<Piece> local;
  bool agree = true, local_agree = true;
  for (const AxisField& in : inputs) {
    if (!in.aligned) agree = local_agree = false;
    for (const Piece& piece : in.pieces) {
      agree = add_piece(out.pieces, piece) && agree;
      if (piece.stride != 0) local_agree = add_piece(local, piece) && local_agree;
    }
    out.seen.resize(in.seen.size(), kNothing);
    for (std::size_t u = 0; u < in.seen.size(); ++u) extend(out.seen[u], in.seen[u]);
  }
  out.aligned = local.empty() ? agree : local_agree;
  std::stable_sort(out.pieces.begin(), out.pieces.end(),
                   [](const Piece& a, const Piece& b) { return a.stride > b.stride; });
  if (out.has_local() && std::ranges::any_of(inputs, is_global_map)) pool_everything(out, inputs);
  return out;
}

}  // namespace rfmap::graph
