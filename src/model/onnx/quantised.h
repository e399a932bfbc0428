#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <unordered_map>
#include <utility>

#include "model/onnx/fragment.h"
#include "model/onnx/import.h"

namespace rfmap::importing {

/// Computes quantised networks as their float meaning. A tensor of 8-bit numbers stands for (number
/// - zero) * scale, and the graph holds these real values. Rounding is left out; saturation
/// remains, as a clip, since exporters leave the ReLU and the ReLU6 before it out where it does the
/// same. Constant weights are dequantised.
///
/// In the importer's terms: quantised nodes are replaced by float nodes before they are imported.
class Quantised {
 public:
  Quantised(OnnxImport& import, TensorNames& names) : import_(import), names_(names) {}

  /// The float nodes that take the place of `node`; nothing if it can be imported as it is. Throws
  /// Refusal where 8-bit numbers would be read otherwise than they were made.
  std::optional<onnx::GraphProto> replaced(const onnx::NodeProto& node);
  /// A quantised operation.
  static bool replaces(const onnx::NodeProto& node) { return find_handler(node) != nullptr; }

 private:
  /// What the numbers of a quantised tensor mean.
  struct Steps {
    double scale = 1, zero = 0;
    bool operator==(const Steps&) const = default;
  };
  using Handler = void (Quantised::*)(const onnx::NodeProto&, onnx::GraphProto&);

  static Handler find_handler(const onnx::NodeProto& node);
  void quantize(const onnx::NodeProto& node, onnx::GraphProto& graph);
  void dequantize(const onnx::NodeProto& node, onnx::GraphProto& graph);
  void quantize_dynamically(const onnx::NodeProto& node, onnx::GraphProto& graph);
  void convolve(const onnx::NodeProto& node, onnx::GraphProto& graph);
  void multiply(const onnx::NodeProto& node, onnx::GraphProto& graph);
  void multiply_gemm(const onnx::NodeProto& node, onnx::GraphProto& graph);
  void convolve_integers(const onnx::NodeProto& node, onnx::GraphProto& graph);
  void multiply_integers(const onnx::NodeProto& node, onnx::GraphProto& graph);
  void multiply_to_float(const onnx::NodeProto& node, onnx::GraphProto& graph);
  void multiply_dynamically(const onnx::NodeProto& node, onnx::GraphProto& graph);
  void multiply_with_bias(const onnx::NodeProto& node, onnx::GraphProto& graph,
                          const std::string& right, int bias);
  void join(const onnx::NodeProto& node, onnx::GraphProto& graph);
  void run_as_float(const onnx::NodeProto& node, onnx::GraphProto& graph);
  void pass(const onnx::NodeProto& node);

  bool reads_constants_only(const onnx::NodeProto& node) const;
  Steps steps(const onnx::NodeProto& node, int scale, int zero);
  std::optional<Constant> optional_constant(const onnx::NodeProto& node, int i);
  const Constant& known(const onnx::NodeProto& node, int i);
  std::string activation(const onnx::NodeProto& node, int i);
  std::string weights(const onnx::NodeProto& node, int i, const Constant& scale, int zero,
                      std::int64_t axis);
  std::string shift(const onnx::NodeProto& node, int i, const Constant& scale, double factor);
  std::string set(const std::string& wanted, Constant value);
  void expect_plain(const onnx::NodeProto& node, const std::string& tensor, int zero);
  void finish(const onnx::NodeProto& node, onnx::GraphProto& graph, onnx::NodeProto& op, int scale);

  OnnxImport& import_;
  TensorNames& names_;
  std::unordered_map<std::string, Steps> steps_;  ///< of quantised tensors that the graph computes
  std::unordered_map<std::string, std::pair<double, double>> within_;  ///< bounds of their values
  bool has_warned_ = false;
};

}  // namespace rfmap::importing
