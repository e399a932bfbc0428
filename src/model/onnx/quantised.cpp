#include "model/onnx/quantised.h"

#include <algorithm>
#include <set>

#include <fmt/format.h>

#include "core/log.h"
#include "model/onnx/constants.h"

namespace rfmap::importing {
namespace {

const char* const kMicrosoft = "com.microsoft";

/// The name that the weights had before they were quantised.
std::string original_name(const std::string& tensor) {
  constexpr std::string_view kQuantised = "_quantized";
  return tensor.ends_with(kQuantised) ? tensor.substr(0, tensor.size() - kQuantised.size())
                                      : tensor + "/float";
}

/// Moves and orders numbers only: what they stand for does not matter.
bool keeps_numbers(const onnx::NodeProto& node) {
  static const std::set<std::string> moves{
      "MaxPool",   "Reshape",      "Flatten",       "Transpose", "Squeeze",  "Unsqueeze",
      "Slice",     "Split",        "Gather",        "Concat",    "Identity", "DepthToSpace",
      "GatherND",  "SpaceToDepth", "Expand",        "Tile",      "Dropout",  "GlobalMaxPool",
      "ReduceMax", "ReduceMin",    "GatherElements"};
  return node.domain().empty() && moves.contains(node.op_type());
}

/// Float operations of the same inputs: triples of numbers, scale and zero point, then scale and
/// zero point of the result.
struct FloatForm {
  const char* operation;
  int operands;
};
const FloatForm* find_form(const std::string& operation) {
  static const std::unordered_map<std::string, FloatForm> table{
      {"QLinearAdd", {"Add", 2}},
      {"QLinearMul", {"Mul", 2}},
      {"QLinearLeakyRelu", {"LeakyRelu", 1}},
      {"QLinearSigmoid", {"Sigmoid", 1}},
      {"QLinearSoftmax", {"Softmax", 1}},
      {"QLinearAveragePool", {"AveragePool", 1}},
      {"QLinearGlobalAveragePool", {"GlobalAveragePool", 1}},
      {"QLinearReduceMean", {"ReduceMean", 1}},
  };
  const auto found = table.find(operation);
  return found == table.end() ? nullptr : &found->second;
}

}  // namespace

Quantised::Handler Quantised::find_handler(const onnx::NodeProto& node) {
  static const std::unordered_map<std::string, Handler> table{
      {"QuantizeLinear", &Quantised::quantize},
      {"DequantizeLinear", &Quantised::dequantize},
      {"DynamicQuantizeLinear", &Quantised::quantize_dynamically},
      {"QLinearConv", &Quantised::convolve},
      {"QLinearMatMul", &Quantised::multiply},
      {"QGemm", &Quantised::multiply_gemm},
      {"ConvInteger", &Quantised::convolve_integers},
      {"MatMulInteger", &Quantised::multiply_integers},
      {"MatMulIntegerToFloat", &Quantised::multiply_to_float},
      {"DynamicQuantizeMatMul", &Quantised::multiply_dynamically},
      {"QLinearConcat", &Quantised::join},
  };
  if (!node.domain().empty() && node.domain() != "ai.onnx" && node.domain() != kMicrosoft)
    return nullptr;
  if (find_form(node.op_type()) != nullptr) return &Quantised::run_as_float;
  const auto found = table.find(node.op_type());
  return found == table.end() ? nullptr : found->second;
}

std::optional<onnx::GraphProto> Quantised::replaced(const onnx::NodeProto& node) {
  const Handler handler = find_handler(node);
  if (handler == nullptr) {
    pass(node);
    return std::nullopt;
  }
  const bool is_own = node.domain() != kMicrosoft;
  const bool folds = reads_constants_only(node) && evaluators().contains(node.op_type());
  if (folds && is_own) return std::nullopt;
  onnx::GraphProto graph;
  if (folds) {
    onnx::NodeProto& same = *graph.add_node();
    same = node;
    same.clear_domain();
    return graph;
  }
  (this->*handler)(node, graph);
  if (!has_warned_)
    log::warn(
        "the network is quantised: it is computed in float, with the weights of the file, without "
        "rounding of activations, and with their saturation.");
  has_warned_ = true;
  return graph;
}

bool Quantised::reads_constants_only(const onnx::NodeProto& node) const {
  return std::all_of(node.input().begin(), node.input().end(),
                     [&](const auto& t) { return t.empty() || import_.is_constant(t); });
}

const Constant& Quantised::known(const onnx::NodeProto& node, int i) {
  const std::string& tensor = required_input(node, i);
  if (!import_.is_constant(tensor))
    throw Refusal("its input '" + tensor +
                  "' depends on the image, and only constants are "
                  "supported there");
  return import_.constant(tensor);
}

std::optional<Constant> Quantised::optional_constant(const onnx::NodeProto& node, int i) {
  if (!has_input(node, i)) return std::nullopt;
  return known(node, i);
}

Quantised::Steps Quantised::steps(const onnx::NodeProto& node, int scale, int zero) {
  const Constant& factor = known(node, scale);
  const auto offset = optional_constant(node, zero);
  if (factor.size() != 1 || (offset && offset->size() != 1))
    throw Refusal("activations with a scale per channel are not supported");
  if (!(factor.at(0) > 0)) throw Refusal("its scale is not positive");
  return {factor.at(0), offset ? offset->at(0) : 0};
}

std::string Quantised::set(const std::string& wanted, Constant value) {
  std::string name = names_.fresh(wanted);
  import_.set_constant(name, std::move(value));
  return name;
}

/// The real values of a quantised operand: inputs i, i + 1 (scale) and i + 2 (zero point).
std::string Quantised::activation(const onnx::NodeProto& node, int i) {
  const std::string& tensor = required_input(node, i);
  if (import_.is_constant(tensor)) return weights(node, i, known(node, i + 1), i + 2, 0);
  const auto made = steps_.find(tensor);
  if (made == steps_.end() || made->second != steps(node, i + 1, i + 2))
    throw Refusal("it reads '" + tensor +
                  "' with another scale or zero point than it was made with");
  return tensor;
}

/// The real values of constant weights.
std::string Quantised::weights(const onnx::NodeProto& node, int i, const Constant& scale, int zero,
                               std::int64_t axis) {
  const Constant& numbers = known(node, i);
  const auto offset = optional_constant(node, zero);
  return set(original_name(node.input(i)),
             dequantised(numbers, scale, offset ? &*offset : nullptr, axis));
}

/// The real values of a bias in steps of `factor` times the weights' scale, one per channel of its
/// last axis.
std::string Quantised::shift(const onnx::NodeProto& node, int i, const Constant& scale,
                             double factor) {
  const Constant& numbers = known(node, i);
  std::vector<float> products(scale.size());
  for (std::size_t k = 0; k < products.size(); ++k) products[k] = float(scale.at(k) * factor);
  return set(original_name(node.input(i)),
             dequantised(numbers, make_constant(scale.dims, std::move(products)), nullptr, -1));
}

/// Ends the float form: its result saturates as the numbers with the scale of input `scale` and the
/// zero point behind it do.
void Quantised::finish(const onnx::NodeProto& node, onnx::GraphProto& graph, onnx::NodeProto& op,
                       int scale) {
  const std::string wide = names_.fresh(node.output(0) + "/unclipped");
  op.set_output(0, wide);
  const std::string zero = has_input(node, scale + 1) ? node.input(scale + 1) : "";
  append_node(graph, "QuantizeLinear", node_name(node) + "/clip",
              {wide, required_input(node, scale), zero}, node.output(0));
}

void Quantised::quantize(const onnx::NodeProto& node, onnx::GraphProto& graph) {
  const Steps made = steps(node, 1, 2);
  const auto zero = optional_constant(node, 2);
  onnx::NodeProto copy = node;
  std::int64_t type = take_attribute(copy, "output_dtype", onnx::TensorProto::UINT8);
  if (type == 0) type = onnx::TensorProto::UINT8;
  if (zero) type = zero->type;
  const IntegerRange range = integer_range(type);
  const std::pair<double, double> bounds{(double(range.least) - made.zero) * made.scale,
                                         (double(range.most) - made.zero) * made.scale};
  const std::string& source = required_input(node, 0);
  const auto known_bounds = within_.find(source);
  steps_[node.output(0)] = made;
  within_[node.output(0)] = bounds;
  if (known_bounds != within_.end() && known_bounds->second.first >= bounds.first &&
      known_bounds->second.second <= bounds.second)
    return append_identity(graph, node_name(node), source, node.output(0));
  const auto bound = [&](const char* suffix, double value) {
    return set(node.output(0) + suffix, make_constant({}, std::vector<float>{float(value)}));
  };
  append_node(graph, "Clip", node_name(node),
              {source, bound("/min", bounds.first), bound("/max", bounds.second)}, node.output(0));
}

void Quantised::dequantize(const onnx::NodeProto& node, onnx::GraphProto& graph) {
  const std::string& source = required_input(node, 0);
  const Steps wanted = steps(node, 1, 2);
  const auto made = steps_.find(source);
  if (made == steps_.end()) throw Refusal("its input '" + source + "' was not quantised before");
  if (made->second == wanted) {
    if (const auto bounds = within_.find(source); bounds != within_.end()) {
      const std::pair<double, double> same = bounds->second;
      within_[node.output(0)] = same;
    }
    return append_identity(graph, node_name(node), source, node.output(0));
  }
  if (made->second.zero != wanted.zero)
    throw Refusal("it reads '" + source + "' with another zero point than it was made with");
  const double factor = wanted.scale / made->second.scale;
  append_node(graph, "Mul", node_name(node),
              {source, set(node.output(0) + "/factor",
                           make_constant({}, std::vector<float>{float(factor)}))},
              node.output(0));
}

/// Its range follows from the values, so it does not saturate: only rounding is left out.
void Quantised::quantize_dynamically(const onnx::NodeProto& node, onnx::GraphProto& graph) {
  if (node.output_size() != 3) throw Refusal("its outputs are incomplete");
  import_.set_constant(node.output(1), make_constant({}, std::vector<float>{1}));
  Constant zero = make_constant({}, Dims{0});
  zero.type = onnx::TensorProto::UINT8;
  import_.set_constant(node.output(2), std::move(zero));
  steps_[node.output(0)] = {};
  append_identity(graph, node_name(node), required_input(node, 0), node.output(0));
}

/// Inputs: scale and zero point of the result, then triples.
void Quantised::join(const onnx::NodeProto& node, onnx::GraphProto& graph) {
  std::vector<std::string> inputs;
  for (int i = 2; i + 1 < node.input_size(); i += 3) inputs.push_back(activation(node, i));
  finish(node, graph, append_like(graph, node, "Concat", inputs, node.output(0)), 0);
}

void Quantised::run_as_float(const onnx::NodeProto& node, onnx::GraphProto& graph) {
  const FloatForm& form = *find_form(node.op_type());
  onnx::NodeProto copy = node;
  if (take_attribute(copy, "channels_last", 0) != 0)
    throw Refusal("channels in the last axis are not supported here");
  const std::int64_t opset = take_attribute(copy, "opset", import_.opset);
  if (node.op_type() == "QLinearSoftmax" && (opset < 13) != (import_.opset < 13))
    throw Refusal("its softmax is of another operator set than the file");
  std::vector<std::string> inputs;
  for (int i = 0; i < form.operands; ++i) inputs.push_back(activation(node, 3 * i));
  finish(node, graph, append_like(graph, copy, form.operation, inputs, node.output(0)),
         3 * form.operands);
}

/// A float operation: one that only moves numbers may read quantised ones.
void Quantised::pass(const onnx::NodeProto& node) {
  const bool moves = keeps_numbers(node);
  if (moves && node.op_type() != "Concat" && has_input(node, 0) && node.output_size() > 0)
    if (const auto bounds = within_.find(node.input(0)); bounds != within_.end()) {
      const std::pair<double, double> same = bounds->second;
      for (const std::string& output : node.output()) within_[output] = same;
    }
  if (node.op_type() == "Shape" || node.op_type() == "Size") return;
  std::optional<Steps> common;
  for (const std::string& input : node.input()) {
    const auto made = steps_.find(input);
    if (made == steps_.end()) continue;
    if (made->second == Steps{} && !moves) continue;  // the real values themselves
    if (!moves || (common && *common != made->second))
      throw Refusal("it computes with the 8-bit numbers of '" + input + "'");
    common = made->second;
  }
  if (!common) return;
  for (const std::string& input : node.input())
    if (!steps_.contains(input) && (import_.is_value(input) || node.op_type() == "Concat"))
      throw Refusal("it joins quantised numbers with others");
  const Steps same = *common;
  for (const std::string& output : node.output()) steps_[output] = same;
}

}  // namespace rfmap::importing
