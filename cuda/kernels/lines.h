#pragma once

#include "core/reductions.h"
#include "kernels/grid.h"

/// Operations on all values along some axes together.
namespace rfmap::kernels {

/// A sample's lines along some of the axes; lines and their elements count through the axes with
/// channels fastest, then columns.
struct Lines {
  Axes axes;

  RFMAP_HD int length(const Tensor& t) const {
    return (axes.c ? t.c : 1) * (axes.h ? t.h : 1) * (axes.w ? t.w : 1);
  }
  /// Element k of a line.
  RFMAP_HD std::int64_t place(const Tensor& t, int n, int line, int k) const {
    if (axes.c && !axes.h && !axes.w) return cell_at(t, n, 0, line) + k;
    const int c = axes.c ? digit(k, t.c) : digit(line, t.c);
    const int x = axes.w ? digit(k, t.w) : digit(line, t.w);
    return cell_at(t, n, axes.h ? k : line, x) + c;
  }

 private:
  /// The last digit of a number that counts through an extent and others.
  RFMAP_HD static int digit(int& number, int extent) {
    const int rest = number / extent, last = number - rest * extent;
    number = rest;
    return last;
  }
};

/// One warp for each line.
inline Grid lines_of(const Tensor& out, const Tensor& in, const Axes& axes) {
  const int length = Lines{axes}.length(in);
  return {out.n, length > 0 ? in.c * in.h * in.w / length : 0};
}

/// Normalisation of one line, shared by a warp.
struct NormalisedLine {
  Tensor out;
  NormalisedLines in;

  /// Number of values so far, their mean, and the sum of squared deviations from it (Chan, Golub
  /// and LeVeque 1979). Where no mean is subtracted it stays 0, and the sum is of magnitudes.
  struct Part {
    float count, mean, sum;
  };

  RFMAP_HD Part part(int n, int line, int lane) const {
    Part mine{0, 0, 0};
    for (int k = lane; k < length(); k += kLanes) {
      const float x = load_one(in.in, lines().place(in.in, n, line, k));
      const bool centres = core::subtracts_mean(in.kind);
      mine = join(mine, {1, centres ? x : 0, centres ? 0 : core::magnitude(in.kind, x)});
    }
    return mine;
  }
  RFMAP_HD static Part join(Part a, Part b) {
    const float count = a.count + b.count;
    if (count == 0) return a;
    const float off = b.mean - a.mean, share = b.count / count;
    return {count, a.mean + off * share, a.sum + b.sum + off * off * a.count * share};
  }
  RFMAP_HD void finish(int n, int line, int lane, Part all) const {
    const float divisor =
        core::divisor_of<float>(in.kind, in.guard, in.epsilon, all.sum, all.count);
    for (int k = lane; k < length(); k += kLanes) {
      const float x = load_one(in.in, lines().place(in.in, n, line, k));
      store_one(out, lines().place(out, n, line, k), (x - all.mean) / divisor);
    }
  }
  RFMAP_HD Lines lines() const { return {in.axes}; }
  RFMAP_HD int length() const { return lines().length(in.in); }
};

template <class Go>
auto spread(const Tensor& out, const NormalisedLines& in, const Go& go) {
  return go(NormalisedLine{out, in}, lines_of(out, in.in, in.axes));
}

/// Softmax of one line, shared by a warp.
struct SoftmaxLine {
  Tensor out;
  SoftmaxLines in;

  /// The largest value so far and the sum of exp(value - largest).
  struct Part {
    float largest, sum;
  };

  RFMAP_HD Part part(int n, int line, int lane) const {
    Part mine{-INFINITY, 0};
    for (int k = lane; k < length(); k += kLanes) {
      const float x = load_one(in.in, lines().place(in.in, n, line, k));
      mine = join(mine, {x, 1});
    }
    return mine;
  }
  RFMAP_HD static Part join(Part a, Part b) {
    if (b.sum == 0) return a;  // an empty part: -inf - -inf is NaN
    if (a.sum == 0) return b;
    if (!(a.largest < b.largest)) return {a.largest, a.sum + b.sum * expf(b.largest - a.largest)};
    return {b.largest, a.sum * expf(a.largest - b.largest) + b.sum};
  }
  RFMAP_HD void finish(int n, int line, int lane, Part all) const {
    const float log = in.kind == Softmax::Kind::logarithm ? logf(all.sum) : 0;
    for (int k = lane; k < length(); k += kLanes) {
      const float above = load_one(in.in, lines().place(in.in, n, line, k)) - all.largest;
      store_one(out, lines().place(out, n, line, k),
                in.kind == Softmax::Kind::logarithm ? above - log : expf(above) / all.sum);
    }
  }
  RFMAP_HD Lines lines() const { return {in.axes}; }
  RFMAP_HD int length() const { return lines().length(in.in); }
};

template <class Go>
auto spread(const Tensor& out, const SoftmaxLines& in, const Go& go) {
  return go(SoftmaxLine{out, in}, lines_of(out, in.in, in.axes));
}

}  // namespace rfmap::kernels
