#include <algorithm>
#include <cmath>
#include <functional>
#include <limits>
#include <numeric>
#include <utility>

#include "reference/operations.h"

namespace rfmap::reference {
namespace {

using Line = std::vector<double>;

/// Places of the values along `axes` that belong together, line by line; the lines are in the order
/// of a map whose extent along these axes is 1.
std::vector<std::vector<std::size_t>> lines_over(const AxisSet& axes, const Map& map) {
  const Map kept =
      make_map({axes[0] ? 1 : map.shape.c, axes[1] ? 1 : map.shape.h, axes[2] ? 1 : map.shape.w});
  std::vector<std::vector<std::size_t>> lines(kept.values.size());
  for (int c = 0; c < map.shape.c; ++c)
    for (int y = 0; y < map.shape.h; ++y)
      for (int x = 0; x < map.shape.w; ++x)
        lines[kept.index(axes[0] ? 0 : c, axes[1] ? 0 : y, axes[2] ? 0 : x)].push_back(
            map.index(c, y, x));
  return lines;
}

Line values_at(const Map& map, const std::vector<std::size_t>& places) {
  Line values;
  for (std::size_t place : places) values.push_back(map.values[place]);
  return values;
}

/// Each line by `change`, which gives as many values as it gets.
template <class Change>
Map by_line(const AxisSet& axes, const Map& in, const Change& change) {
  Map out = make_map(in.shape);
  for (const auto& places : lines_over(axes, in)) {
    const Line changed = change(values_at(in, places));
    for (std::size_t k = 0; k < places.size(); ++k) out.values[places[k]] = float(changed[k]);
  }
  return out;
}

double line_sum(const Line& line) { return std::accumulate(line.begin(), line.end(), 0.0); }

/// The first value that no other exceeds; NaN if there is one.
double largest_of(const Line& line) {
  for (double v : line)
    if (std::isnan(v)) return v;
  return *std::max_element(line.begin(), line.end());
}

Line negated(Line line) {
  for (double& v : line) v = -v;
  return line;
}

double reduced(Reduce::Kind kind, const Line& line) {
  switch (kind) {
    case Reduce::Kind::sum:
      return line_sum(line);
    case Reduce::Kind::mean:
      return line_sum(line) / double(line.size());
    case Reduce::Kind::product:
      return std::accumulate(line.begin(), line.end(), 1.0, std::multiplies<>());
    case Reduce::Kind::maximum:
      return largest_of(line);
    case Reduce::Kind::minimum:
      return -largest_of(negated(line));
  }
  return std::numeric_limits<double>::quiet_NaN();
}

/// The divisor of a normalisation, by its docstring.
double line_divisor(const Normalisation& op, const Line& line) {
  using Kind = Normalisation::Kind;
  double squares = 0, sizes = 0;
  for (double v : line) squares += v * v, sizes += std::fabs(v);
  if (op.kind == Kind::standard || op.kind == Kind::rms) squares /= double(line.size());
  const bool is_l1 = op.kind == Kind::l1;
  const double root = is_l1 ? sizes : std::sqrt(squares);
  switch (op.guard) {
    case Normalisation::Guard::inside_root:
      return is_l1 ? sizes + op.epsilon : std::sqrt(squares + op.epsilon);
    case Normalisation::Guard::added:
      return root + op.epsilon;
    case Normalisation::Guard::at_least:
      return root < op.epsilon ? op.epsilon : root;
  }
  return std::numeric_limits<double>::quiet_NaN();
}

Line normalised(const Normalisation& op, Line line) {
  using Kind = Normalisation::Kind;
  if (op.kind == Kind::standard || op.kind == Kind::centre) {
    const double mean = line_sum(line) / double(line.size());
    for (double& v : line) v -= mean;
  }
  if (op.kind == Kind::centre) return line;
  const double by = line_divisor(op, line);
  for (double& v : line) v /= by;
  return line;
}

Line soft(Softmax::Kind kind, Line line) {
  const double largest = largest_of(line);
  double sum = 0;
  for (double v : line) sum += std::exp(v - largest);
  for (double& v : line)
    v = kind == Softmax::Kind::logarithm ? v - largest - std::log(sum)
                                         : std::exp(v - largest) / sum;
  return line;
}

}  // namespace

Map run(const Reduce& op, const Maps& inputs, const Shape& shape) {
  const Map& in = *inputs.front();
  Map out = make_map(shape);
  const auto lines = lines_over(op.axes, in);
  for (std::size_t i = 0; i < lines.size(); ++i)
    out.values[i] = float(reduced(op.kind, values_at(in, lines[i])));
  return out;
}

Map run(const Normalisation& op, const Maps& inputs, const Shape&) {
  return by_line(op.axes, *inputs.front(),
                 [&](Line line) { return normalised(op, std::move(line)); });
}

Map run(const Softmax& op, const Maps& inputs, const Shape&) {
  return by_line(op.axes, *inputs.front(),
                 [&](Line line) { return soft(op.kind, std::move(line)); });
}

}  // namespace rfmap::reference
