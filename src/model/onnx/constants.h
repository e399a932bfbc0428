#pragma once

#include <cstddef>
#include <cstdint>
#include <string>
#include <type_traits>
#include <unordered_map>
#include <utility>
#include <vector>

#include "model/onnx/import.h"

/// What the evaluators of constants have in common; each table is one source constants_*.cpp.
namespace rfmap::importing {

using OnnxEvaluators = std::unordered_map<std::string, OnnxEvaluator>;
const OnnxEvaluators& creating_evaluators();     ///< from attributes and extents alone
const OnnxEvaluators& moving_evaluators();       ///< reshape, transpose, concat, slice, pad, tile
const OnnxEvaluators& indexing_evaluators();     ///< gather and scatter
const OnnxEvaluators& pointwise_evaluators();    ///< element-wise, with broadcasting
const OnnxEvaluators& reducing_evaluators();     ///< sums, means, extrema, softmax over axes
const OnnxEvaluators& multiplying_evaluators();  ///< products, convolution, normalisation
const OnnxEvaluators& quantised_evaluators();    ///< between floats and 8-bit integers

/// Number of elements of a result; throws Refusal if it is beyond OnnxImport::room().
std::int64_t moderate_volume(const OnnxImport& in, const Dims& dims);
/// Throws Refusal if so many steps are more than are left of OnnxImport::steps.
void expect_moderate_work(OnnxImport& in, double steps);

inline const Constant& operand(OnnxImport& in, const OnnxNode& node, std::size_t i) {
  return in.constant(node.input(i));
}
inline bool has_operand(const OnnxNode& node, std::size_t i) {
  return i < node.inputs.size() && !node.inputs[i].empty();
}
/// The only number of input `i`; throws Refusal if it holds more.
double single_operand(OnnxImport& in, const OnnxNode& node, std::size_t i);

/// Calls `function` with the vector of floats or of integers.
template <class Function>
auto with_numbers(const Constant& constant, Function function) {
  return constant.is_integer() ? function(*constant.integers) : function(*constant.floats);
}
/// The type of the numbers in a vector that with_numbers() passes.
template <class Numbers>
using NumberOf = typename std::decay_t<Numbers>::value_type;

/// The same kind of constant with the elements at `indices` of `from`.
Constant gather(const Constant& from, Dims dims, const std::vector<std::size_t>& indices);
/// The same numbers with other extents.
Constant with_dims(Constant constant, Dims dims);
template <class Number>
Constant line(std::vector<Number> values) {
  const auto n = std::int64_t(values.size());
  return make_constant({n}, std::move(values));
}
/// `value` without its fraction, as near as an integer comes to it (0 for "not a number").
std::int64_t whole(double value);
/// Numbers of the kind of `kind` from doubles.
Constant like(const Constant& kind, Dims dims, const std::vector<double>& values);

/// Elements along the axes before and from `axis` on.
std::int64_t volume_before(const Dims& dims, int axis);
std::int64_t volume_from(const Dims& dims, int axis);

/// A constant seen along one axis: element (outer, i, inner) is number (outer * n + i) * inner_size
/// + inner.
struct AlongAxis {
  AlongAxis(const Dims& dims, int axis);
  std::int64_t outer, n, inner;
  std::size_t at(std::int64_t o, std::int64_t i, std::int64_t k) const {
    return std::size_t((o * n + i) * inner + k);
  }
};

/// Where ONNX lets a dimension of a text be: "constant", "add", ...; throws Refusal otherwise.
void expect_one_of(const std::string& given, const std::string& attribute,
                   const std::vector<std::string>& names);

/// (value - zero) * scale. `scale` and `zero` hold one number, one per index along `axis`, or one
/// per block of `block` numbers along it. Throws Refusal if they do not fit.
Constant dequantised(const Constant& values, const Constant& scale, const Constant* zero,
                     std::int64_t axis, std::int64_t block = 0);
/// The least and the largest integer of a quantised type; throws Refusal for other types.
struct IntegerRange {
  std::int64_t least, most;
};
IntegerRange integer_range(std::int64_t type);

}  // namespace rfmap::importing
