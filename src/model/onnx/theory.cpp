#include <algorithm>
#include <set>
#include <utility>

#include "model/onnx/file.h"
#include "model/onnx/import.h"

// What rfmap theory reads and an engine could not: files without their weights, and operations that
// the importer does not know.
namespace rfmap::importing {
namespace {

using Operations = std::set<std::string>;

/// Whose constants change values, never shapes or fields.
bool takes_weights(const std::string& operation) {
  static const Operations names{"Add",
                                "BatchNormalization",
                                "Conv",
                                "ConvInteger",
                                "ConvTranspose",
                                "DequantizeLinear",
                                "Div",
                                "Gemm",
                                "GroupNormalization",
                                "InstanceNormalization",
                                "LayerNormalization",
                                "MatMul",
                                "MatMulInteger",
                                "Max",
                                "Min",
                                "Mul",
                                "PRelu",
                                "Pow",
                                "QLinearAdd",
                                "QLinearConv",
                                "QLinearMatMul",
                                "QuantizeLinear",
                                "RMSNormalization",
                                "Sub",
                                "Sum",
                                "Where"};
  return names.contains(operation);
}

/// Whose second input may be large.
bool is_product(const std::string& operation) {
  static const Operations names{"Conv", "ConvTranspose", "Gemm", "MatMul"};
  return names.contains(operation);
}

[[noreturn]] void refuse_missing(const std::string& tensor) {
  throw Refusal("the values of '" + tensor + "' are not in the file");
}

Dims turned_dims(OnnxNode& node, const Dims& dims) {
  Dims result;
  for (const std::int64_t axis : take_order(node, dims.size()))
    result.push_back(dims[std::size_t(resolve_axis(axis, int(dims.size())))]);
  return result;
}

/// Extents of the result of constants without values; nothing if it has to be computed.
std::optional<Dims> dims_without_values(OnnxImport& in, OnnxNode& node) {
  static const Operations same{"Cast",           "DequantizeLinear", "Identity", "Neg",
                               "QuantizeLinear", "Reciprocal",       "Sqrt"};
  static const Operations pairs{"Add", "Div", "Mul", "Pow", "Sub"};
  const Dims dims = in.constant(node.input(0)).dims;
  const std::string& operation = node.operation;
  if (same.contains(operation)) return dims;
  if (pairs.contains(operation)) return broadcast(dims, in.constant(node.input(1)).dims);
  if (operation == "Transpose") return turned_dims(node, dims);
  if (operation == "Reshape" || operation == "Squeeze" || operation == "Unsqueeze")
    return take_new_dims(in, node, dims);
  return std::nullopt;
}

/// A result that depends on missing values; shapes and indices among the inputs must be known.
Constant evaluate_without_values(OnnxImport& in, OnnxNode& node) {
  static const Operations joins{"Add", "Concat", "Div", "Mul", "Pow", "Sub"};
  for (std::size_t i = 1; i < node.inputs.size(); ++i)
    if (in.is_missing(node.inputs[i]) && !joins.contains(node.operation) &&
        !takes_weights(node.operation))
      refuse_missing(node.inputs[i]);
  const Element element =
      in.constant(node.input(0)).is_integer() ? Element::integer : Element::real;
  if (auto dims = dims_without_values(in, node)) return placeholder(std::move(*dims), element);
  const auto evaluator = evaluators().find(node.operation);
  const auto large = std::ranges::find_if(node.inputs, [&](const std::string& input) {
    return !input.empty() && !in.constant(input).has_values();
  });
  if (evaluator == evaluators().end() || large != node.inputs.end())
    refuse_missing(large == node.inputs.end() ? node.input(0) : *large);
  Constant result = evaluator->second(in, node);
  return placeholder(result.dims, result.is_integer() ? Element::integer : Element::real);
}

/// Constant with a tensor.
bool note_tensor(OnnxImport& in, OnnxNode& node) {
  if (node.operation != "Constant" || !node.attributes.has("value")) return false;
  onnx::TensorProto* tensor = node.attributes.take_tensor("value");
  if (lacks_values(*tensor, in.folder())) {
    in.set_missing(node.outputs[0], placeholder_of(*tensor));
    return true;
  }
  Constant stored = take_values(*tensor, in.folder());
  in.take_note(stored.size());
  in.set_constant(node.outputs[0], std::move(stored));
  return true;
}

}  // namespace

Constant placeholder_of(const onnx::TensorProto& tensor) {
  return placeholder({tensor.dims().begin(), tensor.dims().end()},
                     is_integer_type(tensor.data_type()) ? Element::integer : Element::real);
}

bool import_without_values(OnnxImport& in, OnnxNode& node) {
  if (note_tensor(in, node)) return true;
  if (node.operation == "Shape" || node.operation == "Size") return false;
  const auto missing = [&](const std::string& tensor) { return in.is_missing(tensor); };
  if (std::ranges::none_of(node.inputs, missing)) return false;
  if (std::ranges::all_of(node.inputs, [&](const std::string& tensor) {
        return tensor.empty() || in.is_constant(tensor);
      })) {
    in.set_missing(node.outputs[0], evaluate_without_values(in, node));
    return true;
  }
  for (std::size_t i = 0; i < node.inputs.size(); ++i) {
    if (!missing(node.inputs[i])) continue;
    const bool may_be_large = is_product(node.operation) && i == 1;
    if (!takes_weights(node.operation) ||
        (!may_be_large && !in.constant(node.inputs[i]).has_values()))
      refuse_missing(node.inputs[i]);
  }
  return false;
}

/// Extents that the file states, if they are complete.
std::optional<Dims> OnnxImport::declared_dims(const std::string& tensor) const {
  const auto found = declared_.find(tensor);
  if (found == declared_.end() || files().input_size != Size{}) return std::nullopt;
  Dims dims;
  for (const auto& dim : found->second->dim()) {
    if (dim.dim_value() < 1 && !dims.empty()) return std::nullopt;
    dims.push_back(dim.dim_value() < 1 ? batch() : dim.dim_value());
  }
  return dims;
}

StandIn OnnxImport::stand_in(const FileNode& node, const std::string& output) const {
  static const Operations pointwise{
      "Abs",  "Acos",  "Acosh",      "Asin", "Asinh", "Atan",     "Atanh",   "Cast",  "Ceil",
      "Cos",  "Cosh",  "Elu",        "Erf",  "Exp",   "Floor",    "Gelu",    "IsInf", "IsNaN",
      "Log",  "Mish",  "Neg",        "Not",  "Round", "Selu",     "Sign",    "Sin",   "Sinh",
      "Sqrt", "Swish", "Reciprocal", "Tan",  "Tanh",  "Softplus", "Softsign"};
  static const Operations normalisations{"BatchNormalization",    "GroupNormalization",
                                         "InstanceNormalization", "LayerNormalization",
                                         "LpNormalization",       "MeanVarianceNormalization",
                                         "RMSNormalization"};
  if (foreign_.contains(output)) {
    StandIn stands = Import::stand_in(node, output);
    stands.dims = declared_dims(output);
    return stands;
  }
  static const Operations along_axes{"CumSum", "Hardmax", "LogSoftmax", "Softmax"};
  StandIn stands = stand_in_of(node, output, pointwise, normalisations);
  if (along_axes.contains(node.operation) && is_value(node.inputs.at(0)))
    stands.dims = value(node.inputs[0]).dims;
  if (!stands.dims) stands.dims = declared_dims(output);
  return stands;
}

}  // namespace rfmap::importing
