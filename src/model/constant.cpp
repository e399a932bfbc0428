#include "model/constant.h"

#include <algorithm>
#include <limits>
#include <utility>

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
  std::string joined;
  for (const std::int64_t d : dims) joined += (joined.empty() ? "" : " x ") + std::to_string(d);
  return joined.empty() ? "a single number" : joined;
}

int resolve_axis(std::int64_t axis, int rank) {
  if (axis < -rank || axis >= rank)
    throw Refusal("axis " + std::to_string(axis) + " does not exist in rank " +
                  std::to_string(rank));
  return int(axis < 0 ? axis + rank : axis);
}

int to_int(std::int64_t value, const std::string& what) {
  if (value < std::numeric_limits<int>::min() || value > std::numeric_limits<int>::max())
    throw Refusal(what + " of " + std::to_string(value) + " is out of range");
  return int(value);
}

Constant make_constant(Dims dims, std::vector<float> values) {
  return {std::move(dims), std::make_shared<const std::vector<float>>(std::move(values)), nullptr};
}

Constant make_constant(Dims dims, std::vector<std::int64_t> values) {
  return {std::move(dims), nullptr,
          std::make_shared<const std::vector<std::int64_t>>(std::move(values))};
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
      throw Refusal("inputs of " + text(a) + " and " + text(b) + " do not go together");
    common[rank - 1 - i] = x == 1 ? y : x;
  }
  return common;
}

std::vector<std::size_t> broadcast_indices(const Dims& narrow, const Dims& wide) {
  const std::size_t offset = wide.size() - narrow.size();
  Dims step(wide.size(), 0);
  for (std::int64_t i = std::int64_t(narrow.size()) - 1, stride = 1; i >= 0; --i) {
    step[offset + i] = narrow[i] == 1 ? 0 : stride;
    stride *= narrow[i];
  }
  std::vector<std::size_t> indices(volume(wide));
  Dims at(wide.size(), 0);
  std::int64_t index = 0;
  for (std::size_t& entry : indices) {
    entry = std::size_t(index);
    for (std::size_t axis = wide.size(); axis-- > 0;) {
      index += step[axis];
      if (++at[axis] < wide[axis]) break;
      index -= step[axis] * wide[axis];
      at[axis] = 0;
    }
  }
  return indices;
}

}  // namespace rfmap::importing
