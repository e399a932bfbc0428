#pragma once

#include "kernels/grid.h"

namespace rfmap::kernels {

/// Softmax of one line, shared by a warp. A sample's lines lie along one axis, or are the sample.
struct SoftmaxLine {
  Tensor out;
  SoftmaxLines in;

  /// The largest value seen and the sum of exp(value - largest).
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
    if (in.all) return t.c * t.h * t.w;
    return in.axis == 0 ? t.c : in.axis == 1 ? t.h : t.w;
  }

 private:
  /// Element k of a line.
  RFMAP_HD std::int64_t place(const Tensor& t, int n, int line, int k) const {
    if (in.all) return cell_at(t, n, 0, k / t.c) + k % t.c;
    if (in.axis == 0) return cell_at(t, n, 0, line) + k;
    const int other = line / t.c, c = line - other * t.c;
    return (in.axis == 1 ? cell_at(t, n, k, other) : cell_at(t, n, other, k)) + c;
  }
};

template <class Go>
auto softmax_with(const Tensor& out, const SoftmaxLines& in, const Go& go) {
  const SoftmaxLine body{out, in};
  const int length = body.length();
  return go(body, Grid{out.n, length > 0 ? out.c * out.h * out.w / length : 0});
}

}  // namespace rfmap::kernels
