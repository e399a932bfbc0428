#include "model/onnx/constants.h"

#include <algorithm>
#include <cmath>
#include <limits>

#include <fmt/format.h>

// Arithmetic on shapes and weights in a file; the importer computes it (constant folding).
namespace rfmap::importing {

std::int64_t moderate_volume(const OnnxImport& in, const Dims& dims) {
  const std::int64_t count = volume(dims);
  constexpr std::int64_t kFew = 1024;  // shapes, whatever was computed before
  if (count > std::max(in.room(), kFew)) throw Refusal("its result is too large");
  return count;
}

void expect_moderate_work(OnnxImport& in, double steps) {
  if (steps > in.steps) throw Refusal("computing it from constants would take too long");
  in.steps -= steps;
}

double single_operand(OnnxImport& in, const OnnxNode& node, std::size_t i) {
  const Constant& given = operand(in, node, i);
  if (given.size() != 1)
    throw Refusal(fmt::format("its input '{}' is not a single number", node.inputs[i]));
  return given.at(0);
}

Constant gather(const Constant& from, Dims dims, const std::vector<std::size_t>& indices) {
  Constant result = with_numbers(from, [&](const auto& values) {
    std::vector<NumberOf<decltype(values)>> picked;
    picked.reserve(indices.size());
    for (const std::size_t i : indices) picked.push_back(values[i]);
    return make_constant(std::move(dims), std::move(picked));
  });
  result.type = from.type;
  return result;
}

Constant with_dims(Constant constant, Dims dims) {
  constant.dims = std::move(dims);
  return constant;
}

std::int64_t whole(double value) {
  constexpr double kLimit = 0x1p63;
  if (std::isnan(value)) return 0;
  if (value >= kLimit) return std::numeric_limits<std::int64_t>::max();
  if (value < -kLimit) return std::numeric_limits<std::int64_t>::min();
  return std::int64_t(value);
}

Constant like(const Constant& kind, Dims dims, const std::vector<double>& values) {
  if (!kind.is_integer())
    return make_constant(std::move(dims), std::vector<float>(values.begin(), values.end()));
  std::vector<std::int64_t> integers(values.size());
  std::transform(values.begin(), values.end(), integers.begin(), whole);
  return make_constant(std::move(dims), std::move(integers));
}

std::int64_t volume_before(const Dims& dims, int axis) {
  return volume({dims.begin(), dims.begin() + axis});
}
std::int64_t volume_from(const Dims& dims, int axis) {
  return volume({dims.begin() + axis, dims.end()});
}

AlongAxis::AlongAxis(const Dims& dims, int axis)
    : outer(volume_before(dims, axis)), n(dims[axis]), inner(volume_from(dims, axis + 1)) {}

void expect_one_of(const std::string& given, const std::string& attribute,
                   const std::vector<std::string>& names) {
  if (std::find(names.begin(), names.end(), given) == names.end())
    throw Refusal(fmt::format("{} '{}' is not supported", attribute, given));
}

const OnnxEvaluators& evaluators() {
  static const OnnxEvaluators table = [] {
    OnnxEvaluators all;
    for (const OnnxEvaluators* part :
         {&creating_evaluators(), &moving_evaluators(), &indexing_evaluators(),
          &pointwise_evaluators(), &reducing_evaluators(), &multiplying_evaluators(),
          &quantised_evaluators()})
      all.insert(part->begin(), part->end());
    return all;
  }();
  return table;
}

}  // namespace rfmap::importing
