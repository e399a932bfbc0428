#pragma once

#include "kernels/grid.h"

/// Results for the host: responses and extrema. A map's cells are divided among the lanes of a
/// warp.
namespace rfmap::kernels {

/// A running extremum. Lanes without a cell hold position -1. `spoiled` becomes NaN once a value is
/// not finite.
struct Best {
  float value = 0;
  int position = -1;
  float spoiled = 0;
  int ties = 1;  ///< positions that attain the value
};

/// The better of two, or the first in row-major order if they are equal.
RFMAP_HD inline Best better_of(const Best& a, const Best& b, bool minimum) {
  Best best = a;
  best.spoiled = a.spoiled + b.spoiled;
  if (b.position < 0) return best;
  const bool better = minimum ? b.value < a.value : b.value > a.value;
  const bool equal = a.position >= 0 && b.value == a.value;
  if (a.position < 0 || better || (equal && b.position < a.position)) {
    best.value = b.value;
    best.position = b.position;
  }
  best.ties = equal ? a.ties + b.ties : a.position < 0 || better ? b.ties : a.ties;
  return best;
}

/// Cell k of an area in row-major order, as a position in the complete map.
RFMAP_HD inline int cell_of(const Tensor& in, const Rect& area, int k) {
  const int width = area.x1 - area.x0, row = k / width;
  return (area.y0 + row) * in.w + area.x0 + k - row * width;
}

RFMAP_HD inline int cells_in(const Rect& area) { return (area.y1 - area.y0) * (area.x1 - area.x0); }

RFMAP_HD inline Rect whole_of(const Tensor& in) { return {0, 0, in.h, in.w}; }

/// A lane's share of an area of one channel's map.
RFMAP_HD inline Best best_of(const Tensor& in, const plan::PointRead& at, const Rect& area,
                             bool minimum, int lane) {
  Best best;
  for (int k = lane; k < cells_in(area); k += kLanes) {
    const int cell = cell_of(in, area, k);
    const float value = load_one(in, cell_at(in, at.sample, 0, cell) + at.channel);
    best = better_of(best, {value, cell, value * 0}, minimum);
  }
  return best;
}

RFMAP_HD inline double sum_of(const Tensor& in, const plan::PointRead& at, const Rect& area,
                              int lane) {
  double sum = 0;
  for (int k = lane; k < cells_in(area); k += kLanes)
    sum += load_one(in, cell_at(in, at.sample, 0, cell_of(in, area, k)) + at.channel);
  return sum;
}

/// One channel's map of one sample, by position.
struct TiedMap {
  const Tensor& in;
  int sample, channel;
  RFMAP_HD float operator()(int y, int x) const {
    return load_one(in, cell_at(in, sample, 0, y * in.w + x) + channel);
  }
};

/// A channel's extremum in one sample.
struct ExtremumRead {
  using Part = Best;
  plan::Extremum* out;
  ExtremaReads in;

  RFMAP_HD Best part(int n, int i, int lane) const {
    return best_of(in.in, {n, in.channels[i], {}}, whole_of(in.in), in.minimum, lane);
  }
  RFMAP_HD Best join(const Best& a, const Best& b) const { return better_of(a, b, in.minimum); }
  RFMAP_HD void finish(int n, int i, int lane, const Best& best) const {
    if (lane != 0) return;
    const Point position{best.position / in.in.w, best.position % in.in.w};
    plan::Extremum e{best.value + best.spoiled, position, no_ties(position)};
    e.ties.count = best.ties;
    if (best.ties > 1 && (e.value < 0 || e.value > 0)) e.ties = tied(n, in.channels[i], e.value);
    out[std::int64_t(n) * in.count + i] = e;
  }
  /// Done by one lane, because ties are few and their maps small.
  RFMAP_HD Ties tied(int n, int channel, float value) const {
    const TiedMap map{in.in, n, channel};
    return find_ties(map, {in.in.h, in.in.w}, value);
  }
};

/// The source of responses: the same reads in every sample, or a list of points.
struct SampleReads {
  float* out;
  ResponseReads in;
  RFMAP_HD plan::PointRead read(int n, int i) const {
    return {n, in.reads[i].channel, in.reads[i].position};
  }
  RFMAP_HD Rect area(int) const { return whole_of(in.in); }
};

struct ListedReads {
  float* out;
  PointReads in;
  RFMAP_HD plan::PointRead read(int, int i) const { return in.points[i]; }
  RFMAP_HD Rect area(int sample) const {
    if (!in.live) return whole_of(in.in);
    const Rect live = in.live[sample];
    const Point at = in.windows[sample];
    return {live.y0 - at.y, live.x0 - at.x, live.y1 - at.y, live.x1 - at.x};
  }
};

/// One cell.
template <class Reads>
struct LocationRead {
  Reads reads;
  RFMAP_HD void operator()(int n, int i) const {
    const plan::PointRead at = reads.read(n, i);
    reads.out[std::int64_t(n) * reads.in.count + i] = load_one(
        reads.in.in, cell_at(reads.in.in, at.sample, at.position.y, at.position.x) + at.channel);
  }
};

/// Maximum over a map, NaN if any of it is not finite.
template <class Reads>
struct MaximumRead {
  using Part = Best;
  Reads reads;
  RFMAP_HD Best part(int n, int i, int lane) const {
    const plan::PointRead at = reads.read(n, i);
    return best_of(reads.in.in, at, reads.area(at.sample), false, lane);
  }
  RFMAP_HD static Best join(const Best& a, const Best& b) { return better_of(a, b, false); }
  RFMAP_HD void finish(int n, int i, int lane, const Best& best) const {
    if (lane == 0) reads.out[std::int64_t(n) * reads.in.count + i] = best.value + best.spoiled;
  }
};

template <class Reads>
struct SumRead {
  using Part = double;
  Reads reads;
  RFMAP_HD double part(int n, int i, int lane) const {
    const plan::PointRead at = reads.read(n, i);
    return sum_of(reads.in.in, at, reads.area(at.sample), lane);
  }
  RFMAP_HD static double join(double a, double b) { return a + b; }
  RFMAP_HD void finish(int n, int i, int lane, double sum) const {
    if (lane == 0) reads.out[std::int64_t(n) * reads.in.count + i] = float(sum);
  }
};

template <class Reads, class Go>
auto spread_reads(const Reads& reads, int samples, const Go& go) {
  const Grid grid{samples, reads.in.count};
  switch (reads.in.kind) {
    case Response::max:
      return go(MaximumRead<Reads>{reads}, grid);
    case Response::sum:
      return go(SumRead<Reads>{reads}, grid);
    case Response::location:
      break;
  }
  return go(LocationRead<Reads>{reads}, grid);
}

template <class Go>
auto spread(void* out, const ResponseReads& in, const Go& go) {
  return spread_reads(SampleReads{static_cast<float*>(out), in}, in.in.n, go);
}

template <class Go>
auto spread(void* out, const PointReads& in, const Go& go) {
  return spread_reads(ListedReads{static_cast<float*>(out), in}, 1, go);
}

template <class Go>
auto spread(void* out, const ExtremaReads& in, const Go& go) {
  return go(ExtremumRead{static_cast<plan::Extremum*>(out), in}, Grid{in.in.n, in.count});
}

}  // namespace rfmap::kernels
