#pragma once

#include "kernels/grid.h"

namespace rfmap::kernels {

/// A sample's lines along one axis of (c, h, w).
struct Lines {
  int axis = 0;

  RFMAP_HD int length(const Tensor& t) const { return axis == 0 ? t.c : axis == 1 ? t.h : t.w; }
  /// Element k of a line.
  RFMAP_HD std::int64_t place(const Tensor& t, int n, int line, int k) const {
    if (axis == 0) return cell_at(t, n, 0, line) + k;
    const int other = line / t.c, c = line - other * t.c;
    return (axis == 1 ? cell_at(t, n, k, other) : cell_at(t, n, other, k)) + c;
  }
};

/// Layer normalisation of one line, shared by a warp.
struct NormalisedLine {
  Tensor out;
  NormalisedLines in;

  /// Number of values so far, their mean, and the sum of squared deviations from it (Chan, Golub
  /// and LeVeque 1979).
  struct Part {
    float count, mean, squares;
  };

  RFMAP_HD Part part(int n, int line, int lane) const {
    Part mine{0, 0, 0};
    for (int k = lane; k < length(); k += kLanes)
      mine = join(mine, {1, load_one(in.in, lines().place(in.in, n, line, k)), 0});
    return mine;
  }
  RFMAP_HD static Part join(Part a, Part b) {
    const float count = a.count + b.count;
    if (count == 0) return a;
    const float off = b.mean - a.mean, share = b.count / count;
    return {count, a.mean + off * share, a.squares + b.squares + off * off * a.count * share};
  }
  RFMAP_HD void finish(int n, int line, int lane, Part all) const {
    const float factor = 1 / sqrtf(all.squares / all.count + in.epsilon);
    for (int k = lane; k < length(); k += kLanes) {
      const float x = load_one(in.in, lines().place(in.in, n, line, k));
      store_one(out, lines().place(out, n, line, k), (x - all.mean) * factor);
    }
  }
  RFMAP_HD Lines lines() const { return {in.axis}; }
  RFMAP_HD int length() const { return lines().length(in.in); }
};

template <class Go>
auto spread(const Tensor& out, const NormalisedLines& in, const Go& go) {
  const NormalisedLine body{out, in};
  const int length = body.length();
  return go(body, Grid{out.n, length > 0 ? out.c * out.h * out.w / length : 0});
}

/// Softmax of one line, shared by a warp. The lines run along one axis, or the complete sample is
/// one line.
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
      const float x = load_one(in.in, place(in.in, n, line, k));
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
    for (int k = lane; k < length(); k += kLanes) {
      const float x = load_one(in.in, place(in.in, n, line, k));
      store_one(out, place(out, n, line, k), expf(x - all.largest) / all.sum);
    }
  }

  RFMAP_HD int length() const {
    const Tensor& t = in.in;
    return in.all ? t.c * t.h * t.w : Lines{in.axis}.length(t);
  }

 private:
  /// Element k of a line.
  RFMAP_HD std::int64_t place(const Tensor& t, int n, int line, int k) const {
    if (in.all) return cell_at(t, n, 0, k / t.c) + k % t.c;
    return Lines{in.axis}.place(t, n, line, k);
  }
};

template <class Go>
auto spread(const Tensor& out, const SoftmaxLines& in, const Go& go) {
  const SoftmaxLine body{out, in};
  const int length = body.length();
  return go(body, Grid{out.n, length > 0 ? out.c * out.h * out.w / length : 0});
}

}  // namespace rfmap::kernels
