#include "model/view.h"

#include <algorithm>
#include <set>
#include <utility>

#include "graph/axes.h"

namespace rfmap::importing {
namespace {

/// Takes positions off the front of `rest` until they make up an axis of `extent`.
std::optional<Digits> take_front(Digits& rest, std::int64_t extent) {
  Digits taken;
  while (extent > 1) {
    if (rest.empty()) return std::nullopt;
    Digit& next = rest.front();
    if (extent % next.extent == 0) {
      extent /= next.extent;
      taken.push_back(next);
      rest.erase(rest.begin());
    } else if (next.extent % extent == 0 && next.axis != kSamples) {
      const int inner = next.extent / int(extent);
      taken.push_back({int(extent), next.axis, next.step * inner});
      next.extent = inner;
      extent = 1;
    } else {
      return std::nullopt;
    }
  }
  return taken;
}

/// The map's axis along which all digits lie; nothing if there are several.
std::optional<int> axis_of(const Digits& digits) {
  std::optional<int> axis;
  for (const Digit& digit : digits) {
    if (axis && *axis != digit.axis) return std::nullopt;
    axis = digit.axis;
  }
  return axis;
}

/// `digits` of one sample from `step` on along an axis of the map; `step` grows by their extents.
Digits placed(Digits digits, int axis, int& step) {
  for (auto digit = digits.rbegin(); digit != digits.rend(); ++digit) {
    if (digit->axis == kSamples) continue;
    *digit = {digit->extent, axis, step};
    step *= digit->extent;
  }
  return joined(digits);
}

/// Which axes of the input the digits of each axis of the output step along.
std::array<std::set<int>, 3> sources(const Rearrange& move) {
  std::array<std::set<int>, 3> from;
  for (int axis = 0; axis < 3; ++axis)
    for (const Digit& digit : joined(move.digits[axis]))
      if (digit.step != 0) from[axis].insert(digit.axis);
  return from;
}

}  // namespace

bool is_of_samples(const Digits& digits) {
  return digits.size() == 1 && digits[0].axis == kSamples;
}

bool holds_samples(const Digits& digits) {
  return std::any_of(digits.begin(), digits.end(),
                     [](const Digit& digit) { return digit.axis == kSamples; });
}

Digits in_sequence(const Axes& axes) {
  Digits all;
  for (const Digits& axis : axes) all.insert(all.end(), axis.begin(), axis.end());
  return joined(all);
}

Digits without_samples(const Digits& digits) {
  Digits rest = digits;
  std::erase_if(rest, [](const Digit& digit) { return digit.axis == kSamples; });
  return rest;
}

int positions_in_sample(const Digits& digits) {
  int count = 1;
  for (const Digit& digit : digits)
    if (digit.axis != kSamples) count *= digit.extent;
  return count;
}

int step_of_samples(const Digits& digits) {
  int step = 1;
  for (auto digit = digits.rbegin(); digit != digits.rend(); ++digit) {
    if (digit->axis == kSamples) return step;
    step *= digit->extent;
  }
  return 0;
}

void refuse_to_mix(const std::string& extents) {
  throw Refusal("it moves data between the batch and the other axes (" + extents + ")");
}

std::optional<Axes> divided(const Digits& digits, const Dims& dims) {
  Digits rest = joined(digits);
  Axes axes;
  for (const std::int64_t extent : dims) {
    std::optional<Digits> taken = take_front(rest, extent);
    if (!taken) return std::nullopt;
    axes.push_back(std::move(*taken));
  }
  return rest.empty() ? std::optional(axes) : std::nullopt;
}

Shape map_shape(const Dims& dims) {
  const auto extent = [&](std::size_t axis) {
    return axis < dims.size() ? to_int(dims[axis], "a side") : 1;
  };
  return {extent(1), extent(2), extent(3)};
}

Digits values_of(const Shape& shape) {
  return joined({{shape.c, 0, 1}, {shape.h, 1, 1}, {shape.w, 2, 1}});
}

Axes plain_axes(const Dims& dims, std::int64_t samples) {
  Axes axes(dims.size());
  if (samples > 1) axes[0] = {{int(samples), kSamples, 1}};
  for (std::size_t i = 1; i < dims.size(); ++i)
    if (dims[i] != 1) axes[i] = {{int(dims[i]), int(i) - 1, 1}};
  return axes;
}

Layout map_layout(std::size_t rank) {
  Layout layout;
  for (std::size_t i = 1; i < rank; ++i) layout[i - 1] = {int(i)};
  return layout;
}

Layout present_layout(const Axes& axes) {
  Layout layout;
  for (std::size_t i = 0; i < axes.size(); ++i) {
    const Digits digits = joined(without_samples(axes[i]));
    if (digits.empty()) continue;
    layout[axis_of(digits).value_or(1)].push_back(int(i));
  }
  return layout;
}

Layout with_axis(Layout layout, int moved, int to) {
  for (std::vector<int>& dims : layout) std::erase(dims, moved);
  std::vector<int>& rest = layout[to == 1 ? 2 : 1];
  rest.insert(rest.end(), layout[to].begin(), layout[to].end());
  std::sort(rest.begin(), rest.end());
  layout[to] = {moved};
  return layout;
}

int free_axis(const Layout& layout) {
  for (int axis = 0; axis < 3; ++axis)
    if (layout[axis].empty()) return axis;
  return 1;
}

Axes laid_axes(const Layout& layout, const Dims& dims, const Axes& from) {
  Axes axes(dims.size());
  for (std::size_t i = 0; i < dims.size(); ++i)
    if (is_of_samples(from[i])) axes[i] = from[i];
  for (int axis = 0; axis < 3; ++axis) {
    int step = 1;
    for (auto i = layout[axis].rbegin(); i != layout[axis].rend(); ++i)
      axes[*i] =
          placed(holds_samples(from[*i]) ? from[*i] : Digits{{int(dims[*i]), 0, 1}}, axis, step);
  }
  return axes;
}

std::array<std::vector<Place>, 3> places_of(const Axes& axes) {
  std::array<std::vector<std::pair<int, Place>>, 3> found;
  for (std::size_t dim = 0; dim < axes.size(); ++dim)
    for (std::size_t i = 0; i < axes[dim].size(); ++i)
      if (const Digit& digit = axes[dim][i]; digit.axis != kSamples)
        found[digit.axis].push_back({digit.step, {digit.extent, int(dim), int(i)}});
  std::array<std::vector<Place>, 3> places;
  for (int axis = 0; axis < 3; ++axis) {
    std::sort(found[axis].begin(), found[axis].end(),
              [](const auto& a, const auto& b) { return a.first > b.first; });
    for (const auto& [step, place] : found[axis]) places[axis].push_back(place);
  }
  return places;
}

std::optional<int> map_side(const Digits& digits, const Shape& shape) {
  if (digits.size() != 1) return std::nullopt;
  const auto [count, axis, step] = digits[0];
  const bool side = axis > 0 && step == 1 && count == graph::extent(shape, axis);
  return side ? std::optional(axis) : std::nullopt;
}

std::optional<std::array<bool, 3>> whole_axes(const Axes& axes, const std::vector<int>& dims) {
  std::array<bool, 3> inside{}, outside{};
  for (int dim = 0; dim < int(axes.size()); ++dim) {
    const bool named = std::find(dims.begin(), dims.end(), dim) != dims.end();
    for (const Digit& digit : axes[dim]) {
      if (digit.axis == kSamples && named) return std::nullopt;
      if (digit.axis != kSamples) (named ? inside : outside)[digit.axis] = true;
    }
  }
  for (int axis = 0; axis < 3; ++axis)
    if (inside[axis] && outside[axis]) return std::nullopt;
  return inside;
}

std::string kind_of(const Rearrange& move, const Shape& from, const Shape& to) {
  const std::array<std::set<int>, 3> sources_of = sources(move);
  const auto only = [&](int axis, int source) {
    return sources_of[axis].empty() || sources_of[axis] == std::set{source};
  };
  const bool same_space = only(1, 1) && only(2, 2) && from.h == to.h && from.w == to.w;
  if (same_space && only(0, 0)) return "channel shuffle";
  if (only(0, 0) && from.c > to.c && from.volume() == to.volume()) return "depth to space";
  if (only(1, 1) && only(2, 2) && from.c < to.c && from.volume() == to.volume())
    return "space to depth";
  bool whole = true;
  for (int axis = 0; axis < 3; ++axis) {
    const Digits digits = joined(move.digits[axis]);
    whole = whole && digits.size() <= 1 &&
            (digits.empty() ||
             (digits[0].step == 1 && digits[0].extent == graph::extent(from, digits[0].axis)));
  }
  return whole ? "transpose" : "rearrangement";
}

}  // namespace rfmap::importing
