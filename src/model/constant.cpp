#include "model/constant.h"

#include <algorithm>
#include <limits>
#include <map>
#include <utility>

#include <fmt/format.h>

namespace rfmap::importing {

std::int64_t volume(const Dims& dims) {
  constexpr std::int64_t kMost = std::int64_t(1) << 40;
  std::int64_t product = 1;
  for (const std::int64_t d : dims) {
    if (d < 0 || d > kMost / product)
      throw Damaged("a tensor of " + text(dims) + " elements cannot be meant");
    product *= std::max<std::int64_t>(d, 1);
  }
  return std::find(dims.begin(), dims.end(), 0) == dims.end() ? product : 0;
}

std::string text(const Dims& dims) {
  return dims.empty() ? "a single number" : fmt::format("{}", fmt::join(dims, " x "));
}

int resolve_axis(std::int64_t axis, int rank) {
  if (axis < -rank || axis >= rank)
    throw Refusal(fmt::format("axis {} does not exist in rank {}", axis, rank));
  return int(axis < 0 ? axis + rank : axis);
}

int to_int(std::int64_t value, const std::string& what) {
  if (value < std::numeric_limits<int>::min() || value > std::numeric_limits<int>::max())
    throw Refusal(fmt::format("{} of {} is out of range", what, value));
  return int(value);
}

Constant make_constant(Dims dims, std::vector<float> values) {
  return {std::move(dims), std::make_shared<const std::vector<float>>(std::move(values)), nullptr};
}

Constant make_constant(Dims dims, std::vector<std::int64_t> values) {
  return {std::move(dims), nullptr,
          std::make_shared<const std::vector<std::int64_t>>(std::move(values))};
}

namespace {

Constant placeholder_values(std::int64_t count, Element element) {
  if (element == Element::integer)
    return make_constant({}, std::vector<std::int64_t>(std::size_t(count), 0));
  return make_constant({}, std::vector<float>(std::size_t(count), 1.f));
}

/// One for each size: at most 100 MB.
Constant shared_placeholder(std::int64_t count, Element element) {
  static thread_local std::map<std::pair<std::int64_t, Element>, Constant> made;
  Constant& values = made[{count, element}];
  if (!values.has_values()) values = placeholder_values(count, element);
  return values;
}

}  // namespace

Constant number(float value) { return make_constant({1}, std::vector<float>{value}); }

Constant placeholder(Dims dims, Element element) {
  constexpr std::int64_t kMost = std::int64_t(1) << 20;
  const std::int64_t count = volume(dims);
  if (count > kMost) return {std::move(dims), nullptr, nullptr};
  Constant result = count > kSharedPlaceholder ? placeholder_values(count, element)
                                               : shared_placeholder(count, element);
  result.dims = std::move(dims);
  return result;
}

Floats as_floats(const Constant& constant) {
  if (!constant.is_integer()) return constant.floats;
  return std::make_shared<const std::vector<float>>(constant.integers->begin(),
                                                    constant.integers->end());
}

const std::vector<std::int64_t>& as_integers(const Constant& constant) {
  if (!constant.is_integer()) throw Refusal("integers are expected where the file has floats");
  return *constant.integers;
}

Dims broadcast(const Dims& a, const Dims& b) {
  const std::size_t rank = std::max(a.size(), b.size());
  Dims common(rank, 1);
  for (std::size_t i = 0; i < rank; ++i) {
    const std::int64_t x = i < a.size() ? a[a.size() - 1 - i] : 1;
    const std::int64_t y = i < b.size() ? b[b.size() - 1 - i] : 1;
    if (x != y && x != 1 && y != 1)
      throw Refusal(fmt::format("inputs of {} and {} do not go together", text(a), text(b)));
    common[rank - 1 - i] = x == 1 ? y : x;
  }
  return common;
}

Dims strides(const Dims& dims) {
  Dims result(dims.size(), 1);
  for (std::size_t i = dims.size(); i-- > 1;) result[i - 1] = result[i] * dims[i];
  return result;
}

std::vector<std::size_t> strided_indices(const Dims& dims, const Dims& steps, std::int64_t first) {
  std::vector<std::size_t> indices(volume(dims));
  const std::size_t last = dims.empty() ? 0 : dims.size() - 1;
  const std::int64_t run = dims.empty() ? 1 : dims[last], step = dims.empty() ? 0 : steps[last];
  Dims at(last, 0);
  for (auto entry = indices.begin(); entry != indices.end(); entry += run) {
    for (std::int64_t i = 0; i < run; ++i) entry[i] = std::size_t(first + i * step);
    for (std::size_t axis = last; axis-- > 0;) {
      first += steps[axis];
      if (++at[axis] < dims[axis]) break;
      first -= steps[axis] * dims[axis];
      at[axis] = 0;
    }
  }
  return indices;
}

std::vector<std::size_t> broadcast_indices(const Dims& narrow, const Dims& wide) {
  Dims steps = strides(narrow);
  for (std::size_t i = 0; i < narrow.size(); ++i)
    if (narrow[i] == 1) steps[i] = 0;
  steps.insert(steps.begin(), wide.size() - narrow.size(), 0);
  return strided_indices(wide, steps);
}

}  // namespace rfmap::importing
