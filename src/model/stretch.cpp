#include "model/stretch.h"

#include <algorithm>
#include <cmath>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <stdexcept>
#include <utility>
#include <vector>

#include <fmt/format.h>

#include "model/constant.h"

namespace rfmap::importing {
namespace {

/// The weights of cells of an axis of n in one position of the output.
class Cells {
 public:
  explicit Cells(int n) : n_(n) {}
  /// A cell beyond the axis means its border.
  void add(int at, float weight) {
    at = std::clamp(at, 0, n_ - 1);
    for (auto& [known, sum] : weights_)
      if (known == at) return void(sum += weight);
    weights_.emplace_back(at, weight);
  }
  /// Without weights that are rounding errors of coordinates.
  std::vector<std::pair<int, float>> take() {
    std::erase_if(weights_, [](const auto& cell) { return std::fabs(cell.second) < kRounding; });
    return std::move(weights_);
  }

 private:
  static constexpr float kRounding = 1e-6f;
  int n_;
  std::vector<std::pair<int, float>> weights_;
};

/// Files may ask for any number of positions, also by mistake.
void expect_positions(std::int64_t positions) {
  constexpr std::int64_t kMost = 1 << 20;
  if (positions > kMost)
    throw Refusal(
        fmt::format("a side of {} cells is not supported ({} are the most)", positions, kMost));
}

using Taps = std::vector<std::vector<std::pair<int, float>>>;  ///< by position

AxisTaps axis_from(const Taps& taps, const AxisReads& reads) {
  AxisTaps axis;
  for (const auto& cells : taps) axis.width = std::max(axis.width, int(cells.size()));
  std::vector<int> index(taps.size() * std::size_t(axis.width), -1);
  std::vector<float> weight(index.size(), 0);
  for (std::size_t u = 0; u < taps.size(); ++u)
    for (std::size_t k = 0; k < taps[u].size(); ++k) {
      index[u * std::size_t(axis.width) + k] = taps[u][k].first;
      weight[u * std::size_t(axis.width) + k] = taps[u][k].second;
    }
  axis.index = std::make_shared<const std::vector<int>>(std::move(index));
  axis.weight = std::make_shared<const std::vector<float>>(std::move(weight));
  axis.reads = reads;
  return axis;
}

/// Coordinate in the input of output position `position`.
float coordinate(const Resizing& r, int position) {
  const auto u = float(position), n = float(r.n), m = float(r.m);
  const float s = r.factor;
  if (s == 1) return u;
  switch (r.coordinates) {
    case Coordinates::pytorch:
      return r.m > 1 ? (u + 0.5f) / s - 0.5f : 0;
    case Coordinates::half_pixel:
      return (u + 0.5f) / s - 0.5f;
    case Coordinates::symmetric: {
      const float offset = n / 2 * (1 - m / (s * n));
      return float(double(offset) + (double(u) + 0.5) / double(s) - 0.5);
    }
    case Coordinates::align_corners:
      return r.m > 1 ? u * (n - 1) / (m - 1) : 0;
    case Coordinates::asymmetric:
      return u / s;
    case Coordinates::tf_half_pixel:
      return (u + 0.5f) / s;
    case Coordinates::crop: {
      const float begin = r.crop_begin, end = r.crop_end;
      if (r.m == 1) return float(0.5 * double(begin + end) * double(n - 1));
      return begin * (n - 1) + u * (end - begin) * (n - 1) / (m - 1);
    }
  }
  throw std::logic_error("coordinates of no kind");
}

/// The same as a formula: u * scale + shift.
AxisReads formula_of(const Resizing& r) {
  AxisReads reads;
  reads.repeats_border = true;
  if (r.factor == 1) return reads;
  const double n = r.n, m = r.m, factor = r.factor;
  reads.scale = 1 / factor;
  switch (r.coordinates) {
    case Coordinates::pytorch:
      if (r.m == 1) {
        reads.scale = 0;
        break;
      }
      [[fallthrough]];
    case Coordinates::half_pixel:
      reads.shift = 0.5 / factor - 0.5;
      break;
    case Coordinates::symmetric:
      reads.shift = n / 2 * (1 - m / (n * factor)) + 0.5 / factor - 0.5;
      break;
    case Coordinates::align_corners:
      reads.scale = r.m == 1 ? 0 : (n - 1) / (m - 1);
      break;
    case Coordinates::asymmetric:
      break;
    case Coordinates::tf_half_pixel:
      reads.shift = 0.5 / factor;
      break;
    case Coordinates::crop: {
      const double begin = r.crop_begin, end = r.crop_end;
      reads.scale = r.m == 1 ? 0 : (end - begin) * (n - 1) / (m - 1);
      reads.shift = r.m == 1 ? 0.5 * (begin + end) * (n - 1) : begin * (n - 1);
      break;
    }
  }
  return reads;
}

/// What an interpolation reads around a coordinate; `widens`: more where the map shrinks.
struct Reach {
  double before, after;
  bool open_before, open_after, widens;
};

Reach reach_of(const Resizing& r) {
  switch (r.interpolation) {
    case Interpolation::simple:
      return r.factor < 1 ? Reach{0, 1, false, true, false} : Reach{1, 0, true, false, false};
    case Interpolation::floor:
      return {1, 0, true, false, false};
    case Interpolation::ceil:
      return {0, 1, false, true, false};
    case Interpolation::round_down:
      return {0.5, 0.5, false, true, false};
    case Interpolation::round_up:
      return {0.5, 0.5, true, false, false};
    case Interpolation::linear:
      return {1, 1, true, true, true};
    case Interpolation::cubic:
      return {2, 2, true, true, true};
  }
  throw std::logic_error("an interpolation of no kind");
}

AxisReads reads_of(const Resizing& r) {
  AxisReads reads = formula_of(r);
  const Reach reach = reach_of(r);
  const double wider = reach.widens && r.antialias && r.factor < 1 ? 1 / double(r.factor) : 1;
  reads.before = reach.before * wider;
  reads.after = reach.after * wider;
  reads.open_before = reach.open_before;
  reads.open_after = reach.open_after;
  return reads;
}

bool interpolates(const Resizing& r) {
  return r.interpolation == Interpolation::linear || r.interpolation == Interpolation::cubic;
}

int nearest(const Resizing& r, float x) {
  constexpr float kTie = 1e-6f;
  const float below = std::floor(x), rest = x - below;
  const bool tie = std::fabs(rest - 0.5f) <= kTie;
  switch (r.interpolation) {
    case Interpolation::simple:
      return int(r.factor < 1 ? std::ceil(x) : std::trunc(x));
    case Interpolation::floor:
      return int(below);
    case Interpolation::ceil:
      return int(std::ceil(x));
    case Interpolation::round_down:
      return int(below) + int(!tie && rest > 0.5f);
    default:
      return int(below) + int(tie || rest > 0.5f);
  }
}

/// Keys' cubic convolution at distance d >= 0.
float cubic_weight(float d, float a) {
  if (d < 1) return ((a + 2) * d - (a + 3)) * d * d + 1;
  if (d < 2) return (((d - 5) * d + 8) * d - 4) * a;
  return 0;
}

float weight_at(const Resizing& r, float distance) {
  const float d = std::fabs(distance);
  if (r.interpolation == Interpolation::cubic) return cubic_weight(d, r.cubic_a);
  return std::max(0.f, 1 - d);
}

/// The window of `first` to before `end` around coordinate x, with weights that sum to 1. Distances
/// count in units of 1 / `narrower` cells.
void add_window(const Resizing& r, float x, float narrower, int first, int end, Cells& cells) {
  if (r.exclude_outside) {
    first = std::max(first, 0);
    end = std::min(end, r.n);
  }
  float sum = 0;
  for (int i = first; i < end; ++i) sum += weight_at(r, (float(i) - x) * narrower);
  if (sum == 0) sum = 1;
  for (int i = first; i < end; ++i) cells.add(i, weight_at(r, (float(i) - x) * narrower) / sum);
}

void add_antialiased(const Resizing& r, float x, Cells& cells) {
  const float inverse = std::max(1.f, 1 / r.factor);
  const float support = (r.interpolation == Interpolation::cubic ? 2.f : 1.f) * inverse;
  const float centre = 0.5f + x;
  add_window(r, x, 1 / inverse, int(std::floor(centre - support + 0.5f)),
             int(std::floor(centre + support + 0.5f)), cells);
}

/// The cells that a coordinate reads.
void add_cells(const Resizing& r, float x, Cells& cells) {
  if (!interpolates(r)) return cells.add(nearest(r, x), 1);
  if (r.antialias) return add_antialiased(r, x, cells);
  if (r.interpolation == Interpolation::linear) x = std::clamp(x, 0.f, float(r.n - 1));
  const int below = int(std::floor(x));
  const int reach = r.interpolation == Interpolation::linear ? 1 : 2;
  add_window(r, x, 1, below - reach + 1, below + reach + 1, cells);
}

int reflected(int u, int n) {
  if (n == 1) return 0;
  const int period = 2 * (n - 1), rest = (u % period + period) % period;
  return std::min(rest, period - rest);
}

int inside(int u, int n, Border border) {
  switch (border) {
    case Border::reflect:
      return reflected(u, n);
    case Border::edge:
      return std::clamp(u, 0, n - 1);
    case Border::wrap:
      return (u % n + n) % n;
  }
  throw std::logic_error("a border of no kind");
}

}  // namespace

AxisTaps resized(const Resizing& r) {
  const bool kept = r.antialias && r.n == r.m;  // such an axis is copied, whatever the factor
  if (r.factor == 1 && r.n == r.m) return {};
  const bool crops = r.coordinates == Coordinates::crop;
  expect_positions(r.m);
  Taps taps;
  for (int u = 0; u < r.m; ++u) {
    Cells cells(r.n);
    const float x = coordinate(r, u);
    const bool outside = crops && !(x >= 0 && x <= float(r.n - 1));
    if (!outside && kept) cells.add(u, 1);
    if (!outside && !kept) add_cells(r, x, cells);
    taps.push_back(cells.take());
  }
  return axis_from(taps, kept ? AxisReads{} : reads_of(r));
}

AxisTaps bordered(int n, int front, int behind, Border border) {
  if (front == 0 && behind == 0) return {};
  const int first = std::max(0, -front), kept = n - first - std::max(0, -behind);
  if (kept < 1) throw Refusal("its negative padding leaves nothing of its input");
  front = std::max(0, front);
  behind = std::max(0, behind);
  if (border == Border::reflect && std::max(front, behind) >= kept)
    throw Refusal("a reflection that is wider than its input is not supported");
  expect_positions(std::int64_t(kept) + front + behind);
  Taps taps;
  for (int u = -front; u < kept + behind; ++u)
    taps.push_back({{first + inside(u, kept, border), 1.f}});
  AxisReads reads;
  reads.shift = first - front;
  reads.repeats_border = true;
  return axis_from(taps, reads);
}

AxisTaps with_zeros(int n, int stride, int cut, int positions) {
  expect_positions(positions);
  Taps taps(static_cast<std::size_t>(positions));
  for (int u = 0; u < positions; ++u) {
    const std::int64_t place = std::int64_t(u) + cut;
    if (place % stride == 0 && place / stride < n)
      taps[std::size_t(u)].emplace_back(int(place / stride), 1.f);
  }
  AxisReads reads;
  reads.scale = 1.0 / stride;
  reads.shift = double(cut) / stride;
  return axis_from(taps, reads);
}

}  // namespace rfmap::importing
