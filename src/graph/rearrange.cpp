#include "graph/rearrange.h"

#include <iterator>
#include <set>
#include <utility>

#include "graph/axes.h"

namespace rfmap::graph {
namespace {

using Digit = Rearrange::Digit;

}  // namespace

std::vector<Digit> joined(const std::vector<Digit>& digits) {
  std::vector<Digit> few;
  for (const Digit& digit : digits) {
    if (digit.extent == 1) continue;
    const Digit own = digit.step == 0 ? Digit{digit.extent, 0, 0} : digit;
    const bool follows = !few.empty() && few.back().axis == own.axis &&
                         std::int64_t(own.step) * own.extent == few.back().step;
    if (follows)
      few.back() = {few.back().extent * own.extent, own.axis, own.step};
    else
      few.push_back(own);
  }
  return few;
}

Rearrange simplified(Rearrange op) {
  for (std::vector<Digit>& digits : op.digits) digits = joined(digits);
  return op;
}

MapPosition source_of(const Rearrange& op, const MapPosition& position) {
  MapPosition from = op.start;
  for (std::size_t axis = 0; axis < 3; ++axis) {
    int rest = position[axis];
    const std::vector<Digit>& digits = op.digits[axis];
    for (auto digit = digits.rbegin(); digit != digits.rend(); ++digit) {
      from[std::size_t(digit->axis)] += rest % digit->extent * digit->step;
      rest /= digit->extent;
    }
  }
  return from;
}

std::vector<int> foreign_offsets(const Rearrange& op, int axis) {
  std::set<int> offsets{0};
  for (int out = 0; out < 3; ++out) {
    if (out == axis) continue;
    for (const Digit& digit : op.digits[std::size_t(out)]) {
      if (digit.axis != axis || digit.step == 0) continue;
      std::set<int> moved;
      for (int offset : offsets)
        for (int k = 0; k < digit.extent; ++k) moved.insert(offset + k * digit.step);
      offsets = std::move(moved);
    }
  }
  return {offsets.begin(), offsets.end()};
}

bool has_crops(const Rearrange& op) {
  for (int axis : {1, 2}) {
    const std::vector<Digit> digits = joined(op.digits[std::size_t(axis)]);
    if (digits.size() > 1) return false;
    if (digits.size() == 1 && (digits[0].axis != axis || digits[0].step < 1)) return false;
  }
  return true;
}

Rearrange of_crop(const Rearrange& op, const Shape& out) {
  Rearrange crop = simplified(op);
  for (int axis : {1, 2}) {
    std::vector<Digit>& digits = crop.digits[std::size_t(axis)];
    digits = {{extent(out, axis), axis, digits.empty() ? 1 : digits[0].step}};
    crop.start[std::size_t(axis)] = -foreign_offsets(op, axis).front();
  }
  if (crop.digits[0].size() == 1) crop.digits[0][0].extent = out.c;
  return crop;
}

FlatMoves flat_moves(const Rearrange& op, const Shape& in) {
  const std::array<std::ptrdiff_t, 3> strides{std::ptrdiff_t(in.area()), in.w, 1};
  FlatMoves flat;
  for (std::size_t axis = 0; axis < 3; ++axis) {
    flat.first += op.start[axis] * strides[axis];
    for (const Digit& digit : joined(op.digits[axis])) {
      const std::ptrdiff_t stride = digit.step * strides[std::size_t(digit.axis)];
      if (!flat.digits.empty() && flat.digits.back().stride == stride * digit.extent)
        flat.digits.back() = {flat.digits.back().extent * digit.extent, stride};
      else
        flat.digits.push_back({digit.extent, stride});
    }
  }
  if (flat.digits.empty()) flat.digits.push_back({});
  return flat;
}

Rearrange transposed(const Shape& in, const std::array<int, 3>& order) {
  Rearrange op;
  for (std::size_t axis = 0; axis < 3; ++axis)
    op.digits[axis] = {{extent(in, order[axis]), order[axis], 1}};
  op.kind = "transpose";
  return op;
}

Rearrange shuffled(const Shape& in, int groups) {
  Rearrange op = transposed(in, {0, 1, 2});
  op.digits[0] = {{in.c / groups, 0, 1}, {groups, 0, in.c / groups}};
  op.kind = "channel shuffle";
  return op;
}

}  // namespace rfmap::graph
