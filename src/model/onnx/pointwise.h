#pragma once

#include <optional>
#include <variant>
#include <vector>

#include "model/onnx/import.h"

/// Element-wise operations that several handlers create.
namespace rfmap::importing {

/// The number of a constant that holds only one and does not enlarge `input`.
std::optional<float> single_number(const Constant& constant, const Value& input);

/// The constant after a function is applied.
template <class Function>
Constant mapped(const Constant& constant, Function function) {
  std::vector<float> values(constant.size());
  for (std::size_t i = 0; i < values.size(); ++i) values[i] = float(function(constant.at(i)));
  return make_constant(constant.dims, std::move(values));
}

using Side = std::variant<Value, Constant>;
/// `yes` where `condition`, which is 1 or 0, is 1, else `no`; exact, but both have to be finite.
/// Throws Refusal for constants that are not.
Value choose(OnnxImport& in, const OnnxNode& node, const Label& label, const Value& condition,
             const Side& yes, const Side& no);

const OnnxHandlers& function_handlers();  ///< of one number
const OnnxHandlers& logic_handlers();     ///< comparisons, Where, casts

}  // namespace rfmap::importing
