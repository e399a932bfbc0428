#pragma once

#include "kernels/grid.h"

/// What goes back to the host: responses and extrema. A map's cells are shared by a warp.
namespace rfmap::kernels {

/// A running extremum. Lanes without a cell hold position -1. `spoiled` turns NaN once a value is
/// not finite.
struct Best {
  float value = 0;
  int position = -1;
  float spoiled = 0;
};

/// The better of two, the first in row-major order where they are equal.
RFMAP_HD inline Best better_of(const Best& a, const Best& b, bool minimum) {
  Best best = a;
  best.spoiled = a.spoiled + b.spoiled;
  if (b.position < 0) return best;
  const bool better = minimum ? b.value < a.value : b.value > a.value;
  if (a.position < 0 || better || (b.value == a.value && b.position < a.position)) {
    best.value = b.value;
    best.position = b.position;
  }
  return best;
}

/// A lane's share of one channel's map.
RFMAP_HD inline Best best_of(const Tensor& in, int n, int channel, bool minimum, int lane) {
  Best best;
  for (int k = lane; k < in.h * in.w; k += kLanes) {
    const float value = load_one(in, cell_at(in, n, 0, k) + channel);
    best = better_of(best, {value, k, value * 0}, minimum);
  }
  return best;
}

RFMAP_HD inline double sum_of(const Tensor& in, int n, int channel, int lane) {
  double sum = 0;
  for (int k = lane; k < in.h * in.w; k += kLanes)
    sum += load_one(in, cell_at(in, n, 0, k) + channel);
  return sum;
}

/// A channel's extremum in one sample.
struct ExtremumRead {
  using Part = Best;
  Extremum* out;
  ExtremaReads in;

  RFMAP_HD Best part(int n, int i, int lane) const {
    return best_of(in.in, n, in.channels[i], in.minimum, lane);
  }
  RFMAP_HD Best join(const Best& a, const Best& b) const { return better_of(a, b, in.minimum); }
  RFMAP_HD void finish(int n, int i, int lane, const Best& best) const {
    if (lane != 0) return;
    const Point position{best.position / in.in.w, best.position % in.in.w};
    out[std::int64_t(n) * in.count + i] = {best.value + best.spoiled, position};
  }
};

/// Where responses come from: the same reads in every sample, or a list of points.
struct SampleReads {
  float* out;
  ResponseReads in;
  RFMAP_HD PointRead read(int n, int i) const {
    return {n, in.reads[i].channel, in.reads[i].position};
  }
};

struct ListedReads {
  float* out;
  PointReads in;
  RFMAP_HD PointRead read(int, int i) const { return in.points[i]; }
};

/// One cell.
template <class Reads>
struct LocationRead {
  Reads reads;
  RFMAP_HD void operator()(int n, int i) const {
    const PointRead at = reads.read(n, i);
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
    const PointRead at = reads.read(n, i);
    return best_of(reads.in.in, at.sample, at.channel, false, lane);
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
    const PointRead at = reads.read(n, i);
    return sum_of(reads.in.in, at.sample, at.channel, lane);
  }
  RFMAP_HD static double join(double a, double b) { return a + b; }
  RFMAP_HD void finish(int n, int i, int lane, double sum) const {
    if (lane == 0) reads.out[std::int64_t(n) * reads.in.count + i] = float(sum);
  }
};

template <class Reads, class Go>
auto read_with(const Reads& reads, int samples, const Go& go) {
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
auto read_responses_with(float* out, const ResponseReads& in, const Go& go) {
  return read_with(SampleReads{out, in}, in.in.n, go);
}

template <class Go>
auto read_points_with(float* out, const PointReads& in, const Go& go) {
  return read_with(ListedReads{out, in}, 1, go);
}

template <class Go>
auto read_extrema_with(Extremum* out, const ExtremaReads& in, const Go& go) {
  return go(ExtremumRead{out, in}, Grid{in.in.n, in.count});
}

}  // namespace rfmap::kernels
