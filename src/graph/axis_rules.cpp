#include "graph/axis_rules.h"

#include <algorithm>
#include <cmath>
#include <limits>
#include <vector>

#include "core/overloaded.h"
#include "graph/reads.h"

namespace rfmap {
namespace {

using Piece = AxisField::Piece;

constexpr Interval kNothing{std::numeric_limits<double>::infinity(),
                            -std::numeric_limits<double>::infinity()};
constexpr double kSlack = 1e-9;

void extend(Interval& hull, const Interval& other) {
  hull.first = std::min(hull.first, other.first);
  hull.last = std::max(hull.last, other.last);
}

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

/// r += (k_eff - 1) S; P += p S; S *= s.
AxisField slide(const AxisField& in, const Sliding& w, int out_extent) {
  AxisField out = in;
  for (Piece& piece : out.pieces) {
    piece.start -= w.pad * piece.stride;
    piece.size += w.dilation * (w.kernel - 1) * piece.stride;
    piece.stride *= w.stride;
  }
  out.seen.assign(out_extent, kNothing);
  for (int u = 0; u < out_extent; ++u)
    for (int tap = 0; tap < w.kernel; ++tap)
      extend(out.seen[u], seen_at(in, u * w.stride - w.pad + tap * w.dilation));
  return out;
}

/// Operations for theory only. The pieces are an outer bound of what a position reads: exact boxes,
/// which change from position to position, come from `seen` and neuron_box.
AxisField scale(const AxisField& in, const AxisReads& reads, int in_extent, int out_extent) {
  AxisField out = in;
  for (Piece& piece : out.pieces) {
    piece.start += (reads.shift - reads.before) * piece.stride;
    piece.size += (reads.before + reads.after) * piece.stride;
    piece.stride *= reads.scale;
  }
  out.seen.assign(out_extent, kNothing);
  for (int u = 0; u < out_extent; ++u) {
    const Span span = clip(reads_of(reads, u), in_extent, reads.repeats_border);
    for (int i = span.first; i <= span.last; ++i) extend(out.seen[u], seen_at(in, i));
  }
  return out;
}

/// Every output position depends on all `in_extent` input positions: their hull, stride 0.
AxisField pool_all(const AxisField& in, int in_extent, int out_extent) {
  Interval hull = in.at(0), seen = kNothing;
  extend(hull, in.at(in_extent - 1));
  for (const Interval& i : in.seen) extend(seen, i);
  AxisField out;
  out.pieces = {Piece{hull.first, 0, hull.last - hull.first + 1}};
  out.seen.assign(out_extent, seen);
  return out;
}

}  // namespace

AxisField field_through(const Reads& reads, const AxisField& in, int in_extent, int out_extent) {
  return std::visit(Overloaded{
                        [&](const Sliding& s) { return slide(in, s, out_extent); },
                        [&](const WholeAxis&) { return pool_all(in, in_extent, out_extent); },
                        [&](const Broadcast&) { return pool_all(in, 1, out_extent); },
                        [&](const Joined& j) {
                          return slide(in, Sliding{1, 1, 1, j.begin}, out_extent);
                        },
                        [&](const AxisReads& r) { return scale(in, r, in_extent, out_extent); },
                    },
                    reads);
}

AxisField merge(std::span<const AxisField> inputs) {
  AxisField out;
  out.pieces.clear();
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
  return out;
}

}  // namespace rfmap
