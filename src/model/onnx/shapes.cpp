#include <algorithm>
#include <numeric>
#include <set>

#include <fmt/format.h>

#include "model/onnx/import.h"

// Arguments of operations that move values, for values of the network and for constants.
namespace rfmap::importing {
namespace {

/// All axes of extent 1 are dropped if none are named.
Dims squeezed(const Dims& dims, const std::optional<Dims>& axes) {
  std::set<int> dropped;
  for (int i = 0; i < int(dims.size()); ++i)
    if (!axes && dims[i] == 1) dropped.insert(i);
  for (const std::int64_t axis : axes.value_or(Dims{}))
    dropped.insert(resolve_axis(axis, int(dims.size())));
  Dims kept;
  for (int i = 0; i < int(dims.size()); ++i) {
    if (!dropped.contains(i))
      kept.push_back(dims[i]);
    else if (dims[i] != 1)
      throw Refusal(fmt::format("axis {} has extent {} and cannot be squeezed", i, dims[i]));
  }
  return kept;
}

Dims unsqueezed(const Dims& dims, const Dims& axes) {
  const int rank = int(dims.size() + axes.size());
  std::set<int> added;
  for (const std::int64_t axis : axes) added.insert(resolve_axis(axis, rank));
  if (added.size() != axes.size()) throw Refusal("it names an axis twice");
  Dims result;
  for (int i = 0, next = 0; i < rank; ++i) result.push_back(added.contains(i) ? 1 : dims[next++]);
  return result;
}

}  // namespace

Dims take_new_dims(OnnxImport& in, OnnxNode& node, const Dims& from) {
  if (node.operation == "Squeeze") return squeezed(from, in.take_integers(node, "axes", 1));
  if (node.operation == "Unsqueeze")
    return unsqueezed(from, in.take_integers(node, "axes", 1).value_or(Dims{}));
  const bool zero_is_zero = node.attributes.take_int("allowzero", 0) != 0;
  const auto target = in.take_integers(node, "shape", 1);
  if (!target) throw Refusal("its shape is missing");
  return reshaped(from, *target, zero_is_zero);
}

Dims take_order(OnnxNode& node, std::size_t rank) {
  Dims reversed(rank);
  std::iota(reversed.rbegin(), reversed.rend(), 0);
  return node.attributes.take_ints("perm", reversed);
}

std::vector<SliceRange> take_slices(OnnxImport& in, OnnxNode& node, const Dims& dims) {
  const auto starts = in.take_integers(node, "starts", 1), ends = in.take_integers(node, "ends", 2);
  const auto axes = in.take_integers(node, "axes", 3);
  const auto steps = in.take_integers(node, "steps", 4);
  if (!starts || !ends || starts->size() != ends->size() ||
      (axes && axes->size() != starts->size()) || (steps && steps->size() != starts->size()))
    throw Refusal("its starts, ends, axes and steps do not go together");
  std::vector<SliceRange> ranges;
  for (std::size_t i = 0; i < starts->size(); ++i) {
    SliceRange range{resolve_axis(axes ? (*axes)[i] : std::int64_t(i), int(dims.size())),
                     (*starts)[i], (*ends)[i], steps ? (*steps)[i] : 1};
    const std::int64_t n = dims[range.axis];
    if (range.step == 0) throw Refusal("its step is zero");
    range.step = std::clamp<std::int64_t>(range.step, -n - 1, n + 1);
    // Backwards the last element is n - 1 and the end before the first is -1.
    const std::int64_t low = range.step > 0 ? 0 : -1;
    const std::int64_t high = std::max<std::int64_t>(range.step > 0 ? n : n - 1, 0);
    range.begin =
        std::clamp(range.begin < 0 ? range.begin + n : range.begin, std::int64_t(0), high);
    range.end = std::clamp(range.end < 0 ? range.end + n : range.end, low, high);
    ranges.push_back(range);
  }
  return ranges;
}

}  // namespace rfmap::importing
