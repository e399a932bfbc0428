#include "rfmap/field.h"

#include <algorithm>
#include <cmath>
#include <limits>

namespace rfmap {
namespace {

/// Fractional strides leave rounding errors; pixels are whole.
constexpr double kRounding = 1e-6;

constexpr double kFar = std::numeric_limits<double>::infinity();
constexpr Interval kNothing{kFar, -kFar};

void widen(Interval& hull, const AxisField::Piece& piece, int position) {
  const double first = piece.start + position * piece.stride;
  hull.first = std::min(hull.first, first);
  hull.last = std::max(hull.last, first + piece.size - 1);
}

struct Span {
  int first = 0, end = 0;
};

Span pixels(const Interval& i) {
  if (i.first > i.last) return {};
  return {int(std::floor(i.first + kRounding)), int(std::ceil(i.last - kRounding)) + 1};
}

Span clipped(const AxisField& axis, int position, int side) {
  const bool known = position >= 0 && position < int(axis.seen.size());
  const Span span = pixels(known ? axis.seen[position] : axis.at(position));
  return {std::max(span.first, 0), std::min(span.end, side)};
}

bool covers(const AxisField& axis, int positions, int side) {
  for (int u = 0; u < positions; ++u) {
    const Span span = pixels(axis.at(u));
    if (span.first > 0 || span.end < side) return false;
  }
  return true;
}

double typical_length(const AxisField& axis, int positions) {
  if (axis.pieces.empty()) return 0;
  std::vector<double> lengths;
  for (int u = 0; u < positions; ++u) {
    const Interval box = axis.at(u);
    lengths.push_back(box.last - box.first + 1);
  }
  const auto middle = lengths.begin() + std::ptrdiff_t(lengths.size() / 2);
  std::ranges::nth_element(lengths, middle);
  return *middle;
}

}  // namespace

Interval AxisField::by_formula(int position) const {
  Interval hull = kNothing;
  for (const Piece& piece : pieces) widen(hull, piece, position);
  return hull;
}

Interval AxisField::at(int position) const {
  if (boxes.empty()) return by_formula(position);
  const int known = std::clamp(position, 0, int(boxes.size()) - 1);
  Interval hull = boxes[std::size_t(known)];
  hull.first += (position - known) * stride();
  hull.last += (position - known) * stride();
  for (const Piece& piece : pieces)
    if (piece.stride == 0) widen(hull, piece, position);
  return hull;
}

bool AxisField::has_local() const {
  return std::any_of(pieces.begin(), pieces.end(), [](const Piece& p) { return p.stride != 0; });
}

bool AxisField::has_global_path() const {
  return has_local() &&
         std::any_of(pieces.begin(), pieces.end(), [](const Piece& p) { return p.stride == 0; });
}

AxisField AxisField::local() const {
  AxisField out = *this;
  if (!has_global_path()) return out;
  std::erase_if(out.pieces, [](const Piece& p) { return p.stride == 0; });
  out.seen.clear();
  return out;
}

double AxisField::size() const {
  if (pieces.empty()) return 0;
  const Interval hull = by_formula(0);
  return hull.last - hull.first + 1;
}

Rect field_box(const Field& field, Point position) {
  const Span y = pixels(field.y.at(position.y)), x = pixels(field.x.at(position.x));
  return {y.first, x.first, y.end, x.end};
}

Rect clipped_box(const Field& field, Point position, Size input) {
  const Span y = clipped(field.y, position.y, input.h), x = clipped(field.x, position.x, input.w);
  const Rect box{y.first, x.first, y.end, x.end};
  return box.empty() ? Rect{} : box;
}

Centre field_centre(const Field& whole, Point position) {
  const Field field = whole.local();
  const Interval y = field.y.at(position.y), x = field.x.at(position.x);
  return {(y.first + y.last) / 2, (x.first + x.last) / 2};
}

FieldSize typical_size(const Field& field, Size map) {
  const Field local = field.local();
  return {typical_length(local.y, map.h), typical_length(local.x, map.w)};
}

bool covers_input(const Field& whole, Size map, Size input) {
  const Field field = whole.local();
  return field.global || (covers(field.y, map.h, input.h) && covers(field.x, map.w, input.w));
}

}  // namespace rfmap
