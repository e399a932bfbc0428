#include "core/gaussian.h"

#include <algorithm>
#include <array>
#include <cmath>
#include <cstddef>
#include <limits>
#include <numbers>
#include <vector>

#include "core/nan.h"

namespace rfmap::core {
namespace {

constexpr int kUnknowns = 6;
using Vector = std::array<double, kUnknowns>;
using Matrix = std::array<Vector, kUnknowns>;

/// A pixel: offset from the unit's centre and the map's positive part.
struct Sample {
  double y, x, value;
};

/// amplitude * exp(-(a X^2 + 2 b X Y + c Y^2) / 2): unlike sigmas and angle, the entries of the
/// inverse covariance stay well determined for round bells.
struct Bell {
  double amplitude = 0, y = 0, x = 0, a = 0, b = 0, c = 0;
  bool valid() const { return amplitude > 0 && a > 0 && c > 0 && a * c - b * b > 0; }
  Bell moved(const Vector& d) const {
    return {amplitude + d[0], y + d[1], x + d[2], a + d[3], b + d[4], c + d[5]};
  }
};

/// Normal equations of the linearised problem and the sum of squared errors.
struct Normal {
  Matrix lhs{};
  Vector rhs{};
  double error = 0;
};

double value_at(const Bell& p, double y, double x) {
  const double dy = y - p.y, dx = x - p.x;
  return p.amplitude * std::exp(-0.5 * (p.a * dx * dx + 2 * p.b * dx * dy + p.c * dy * dy));
}

double squared_error(const std::vector<Sample>& samples, const Bell& p) {
  double error = 0;
  for (const Sample& s : samples) {
    const double r = s.value - value_at(p, s.y, s.x);
    error += r * r;
  }
  return error;
}

Normal linearise(const std::vector<Sample>& samples, const Bell& p) {
  Normal n;
  for (const Sample& s : samples) {
    const double dy = s.y - p.y, dx = s.x - p.x, model = value_at(p, s.y, s.x);
    const double r = s.value - model;
    const Vector slope{model / p.amplitude,
                       model * (p.b * dx + p.c * dy),
                       model * (p.a * dx + p.b * dy),
                       -0.5 * model * dx * dx,
                       -model * dx * dy,
                       -0.5 * model * dy * dy};
    for (int i = 0; i < kUnknowns; ++i) {
      for (int j = 0; j <= i; ++j) n.lhs[i][j] += slope[i] * slope[j];
      n.rhs[i] += slope[i] * r;
    }
    n.error += r * r;
  }
  return n;
}

/// Solves lhs * step = rhs by Cholesky, unknowns scaled to a unit diagonal that is raised by
/// `damping`. False where lhs is not positive definite.
bool solve(const Normal& n, double damping, Vector& step) {
  Vector scale;
  for (int i = 0; i < kUnknowns; ++i) scale[i] = 1 / std::sqrt(n.lhs[i][i]);
  Matrix l{};
  for (int i = 0; i < kUnknowns; ++i)
    for (int j = 0; j <= i; ++j) {
      double sum = i == j ? 1 + damping : n.lhs[i][j] * scale[i] * scale[j];
      for (int k = 0; k < j; ++k) sum -= l[i][k] * l[j][k];
      if (i == j && !(sum > 0)) return false;
      l[i][j] = i == j ? std::sqrt(sum) : sum / l[j][j];
    }
  for (int i = 0; i < kUnknowns; ++i) {
    step[i] = n.rhs[i] * scale[i];
    for (int k = 0; k < i; ++k) step[i] -= l[i][k] * step[k];
    step[i] /= l[i][i];
  }
  for (int i = kUnknowns - 1; i >= 0; --i) {
    for (int k = i + 1; k < kUnknowns; ++k) step[i] -= l[k][i] * step[k];
    step[i] /= l[i][i];
  }
  for (int i = 0; i < kUnknowns; ++i) step[i] *= scale[i];
  return true;
}

/// Levenberg-Marquardt until the error stops falling.
Bell refine(const std::vector<Sample>& samples, Bell bell) {
  constexpr int kMaxTrials = 100;
  constexpr double kMaxDamping = 1e10, kLeastGain = 1e-9;
  double damping = 1e-3;
  Normal normal = linearise(samples, bell);
  for (int trial = 0; trial < kMaxTrials && damping < kMaxDamping; ++trial) {
    Vector step;
    const bool solved = solve(normal, damping, step);
    const Bell next = solved ? bell.moved(step) : bell;
    const double error = solved && next.valid() ? squared_error(samples, next)
                                                : std::numeric_limits<double>::infinity();
    if (!(error < normal.error)) {
      damping *= 10;
      continue;
    }
    const bool settled = normal.error - error <= kLeastGain * normal.error;
    bell = next;
    if (settled) break;
    damping = std::max(damping / 10, 1e-12);
    normal = linearise(samples, bell);
  }
  return bell;
}

/// Moments of what stands above a fifth of the peak, corrected for what the cut takes off a bell.
Bell from_moments(const std::vector<Sample>& samples, double peak) {
  constexpr double kCut = 0.2;
  double mass = 0, y = 0, x = 0, yy = 0, xy = 0, xx = 0;
  for (const Sample& s : samples) {
    if (s.value < kCut * peak) continue;
    mass += s.value;
    y += s.value * s.y;
    x += s.value * s.x;
    yy += s.value * s.y * s.y;
    xy += s.value * s.x * s.y;
    xx += s.value * s.x * s.x;
  }
  y /= mass;
  x /= mass;
  const double kept = 1 - kCut * std::log(1 / kCut) / (1 - kCut);
  constexpr double kLeastVariance = 0.1;  // a single pixel has none
  const double vy = (yy / mass - y * y) / kept + kLeastVariance;
  const double vx = (xx / mass - x * x) / kept + kLeastVariance;
  const double vxy = (xy / mass - x * y) / kept, det = vx * vy - vxy * vxy;
  return {peak, y, x, vy / det, -vxy / det, vx / det};
}

std::vector<Sample> gather(std::span<const float> map, std::span<const std::uint8_t> counted,
                           const Canvas& canvas, int step) {
  std::vector<Sample> samples;
  for (int row = canvas.height / 2 % step; row < canvas.height; row += step)
    for (int column = canvas.width / 2 % step; column < canvas.width; column += step) {
      const std::size_t i = std::size_t(row) * canvas.width + column;
      if (counted[i])
        samples.push_back({row - (canvas.height - 1) / 2.0, column - (canvas.width - 1) / 2.0,
                           std::max(map[i], 0.f)});
    }
  return samples;
}

double peak_of(const std::vector<Sample>& samples) {
  double peak = 0;
  for (const Sample& s : samples) peak = std::max(peak, s.value);
  return peak;
}

double explained(const std::vector<Sample>& samples, const Bell& bell) {
  double mean = 0, total = 0;
  for (const Sample& s : samples) mean += s.value / double(samples.size());
  for (const Sample& s : samples) total += (s.value - mean) * (s.value - mean);
  return 1 - squared_error(samples, bell) / total;
}

}  // namespace

Gaussian no_gaussian() {
  Gaussian g;
  g.parameters.fill(kNan);
  g.r2 = kNan;
  return g;
}

Gaussian fit_gaussian(std::span<const float> map, std::span<const std::uint8_t> counted,
                      const Canvas& canvas, int samples) {
  const double pixels = double(canvas.height) * canvas.width;
  const int step = std::max(1, int(std::ceil(std::sqrt(pixels / samples))));
  const std::vector<Sample> all = gather(map, counted, canvas, 1);
  const std::vector<Sample> lattice = step > 1 ? gather(map, counted, canvas, step) : all;
  const double peak = peak_of(lattice);
  if (int(lattice.size()) <= kUnknowns || !(peak > 0)) return no_gaussian();
  const Bell bell = refine(lattice, from_moments(lattice, peak));
  // Eigenvalues of the inverse covariance: 1 / sigma^2.
  const double mean = (bell.a + bell.c) / 2;
  const double spread = std::hypot((bell.a - bell.c) / 2, bell.b);
  const double major = 1 / std::sqrt(mean - spread), minor = 1 / std::sqrt(mean + spread);
  const bool held = bell.valid() && major <= std::max(canvas.height, canvas.width) &&
                    std::fabs(bell.y) <= canvas.height / 2.0 &&
                    std::fabs(bell.x) <= canvas.width / 2.0;
  if (!held) return no_gaussian();
  double angle = 0.5 * std::atan2(-2 * bell.b, bell.c - bell.a);
  if (angle <= -std::numbers::pi / 2) angle += std::numbers::pi;
  return {{float(bell.amplitude), float(bell.y), float(bell.x), float(major), float(minor),
           float(angle)},
          float(explained(all, bell))};
}

}  // namespace rfmap::core
