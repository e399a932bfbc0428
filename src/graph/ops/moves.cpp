#include <array>
#include <cstdint>
#include <memory>
#include <optional>
#include <utility>
#include <vector>

#include <fmt/format.h>

#include "graph/axes.h"
#include "graph/facts.h"
#include "graph/ops/common.h"
#include "graph/rearrange.h"

namespace rfmap {

using namespace graph;

namespace {

/// The extents are positive, and all values come from inside the input.
void check_moves(const Given& g, const Rearrange& op) {
  std::array<std::int64_t, 3> first{}, last{};
  for (std::size_t axis = 0; axis < 3; ++axis) first[axis] = last[axis] = op.start[axis];
  for (const std::vector<Rearrange::Digit>& digits : op.digits)
    for (const Rearrange::Digit& digit : digits) {
      expect_axis(g, digit.axis);
      if (digit.extent < 1)
        g.fail(fmt::format("it counts to {}, which is not positive", digit.extent));
      const std::int64_t span = std::int64_t(digit.extent - 1) * digit.step;
      (span < 0 ? first : last)[std::size_t(digit.axis)] += span;
    }
  for (int axis = 0; axis < 3; ++axis)
    if (first[std::size_t(axis)] < 0 || last[std::size_t(axis)] >= extent(g.in(), axis))
      g.fail(fmt::format("it reads {} to {} along axis {} of an input of {}",
                         first[std::size_t(axis)], last[std::size_t(axis)], axis, text(g.in())));
}

Shape counted_shape(const Given& g, const Rearrange& op) {
  Shape shape{1, 1, 1};
  for (int axis = 0; axis < 3; ++axis)
    for (const Rearrange::Digit& digit : op.digits[std::size_t(axis)])
      extent(shape, axis) = checked_side(g, std::int64_t(extent(shape, axis)) * digit.extent);
  return shape;
}

/// The digits of output axis `axis`; those that do not move along the same axis of the input only
/// count.
std::vector<Rearrange::Digit> own_digits(const Rearrange& op, int axis) {
  std::vector<Rearrange::Digit> digits = op.digits[std::size_t(axis)];
  for (Rearrange::Digit& digit : digits)
    if (digit.axis != axis) digit.step = 0;
  return joined(digits);
}

/// The distance of neighbours of equal distance; 0 if the distances differ.
int spacing_of(const std::vector<int>& offsets) {
  if (offsets.size() == 1) return 1;
  const int spacing = offsets[1] - offsets[0];
  for (std::size_t i = 1; i < offsets.size(); ++i)
    if (offsets[i] - offsets[i - 1] != spacing) return 0;
  return spacing;
}

/// What positions along rows or columns read: exact if they step through the input's positions, or
/// repeat each of them; else the whole axis.
Reads moved_reads(const Rearrange& op, int axis, int in_extent) {
  const std::vector<int> offsets = foreign_offsets(op, axis);
  const std::vector<Rearrange::Digit> own = own_digits(op, axis);
  const int first = op.start[std::size_t(axis)] + offsets.front(), count = int(offsets.size());
  const int spacing = spacing_of(offsets);
  const bool one = own.empty(), steps = own.size() == 1 && own[0].step > 0;
  if (one && in_extent > 1 && count == in_extent) return WholeAxis{};
  if ((one || steps) && spacing > 0) return Sliding{count, one ? 1 : own[0].step, spacing, -first};
  const bool repeats = own.size() == 2 && own[0].step == 1 && own[1].step == 0;
  if (!repeats || spacing != 1) return WholeAxis{.moved = true};
  const double times = own[1].extent;
  return AxisReads{1 / times, double(first), (times - 1) / times, double(count - 1)};
}

ChannelReads moved_channels(const Rearrange& op, int in_channels, int out_channels) {
  const std::vector<int> offsets = foreign_offsets(op, 0);
  auto ranges = std::make_shared<std::vector<ChannelRange>>();
  for (int c = 0; c < out_channels; ++c) {
    const int from = source_of(op, {c, 0, 0})[0];
    ranges->push_back({from + offsets.front(), from + offsets.back() + 1});
  }
  const int by = ranges->front().begin;
  bool shifted = true, all = true;
  for (int c = 0; c < out_channels; ++c) {
    const ChannelRange& range = (*ranges)[std::size_t(c)];
    shifted = shifted && range == ChannelRange{c + by, c + by + 1};
    all = all && range == ChannelRange{0, in_channels};
  }
  if (shifted && by == 0 && in_channels == out_channels) return SameChannel{};
  if (shifted) return ShiftedChannel{by};
  if (all) return AllChannels{};
  return ListedChannels{std::move(ranges)};
}

}  // namespace

std::string Rearrange::name() const { return kind; }

Facts Rearrange::facts(const Given& g) const {
  g.expect_inputs(g.inputs.size() == 1);
  check_moves(g, *this);
  const Shape shape = counted_shape(g, *this);
  const bool crops = has_crops(*this);
  return {.shape = shape,
          .inputs = {{moved_reads(*this, 1, g.in().h), moved_reads(*this, 2, g.in().w),
                      moved_channels(*this, g.in().c, shape.c)}},
          .uniform = crops,
          .gather = crops ? std::nullopt : gather_of(*this)};
}

}  // namespace rfmap
