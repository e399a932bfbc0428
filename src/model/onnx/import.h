#pragma once

#include <optional>
#include <string>
#include <unordered_map>
#include <unordered_set>
#include <vector>

#include <onnx.pb.h>

#include "model/builder.h"
#include "model/constant.h"
#include "model/emit.h"
#include "model/onnx/attributes.h"

namespace rfmap::importing {

/// One node of the file while it is imported.
struct OnnxNode {
  std::string name, op;
  std::vector<std::string> inputs, outputs;  ///< tensors; "" for an omitted optional one
  Attributes attributes;

  Label label() const { return {name, {outputs.at(0)}}; }
  /// Throws Refusal if there is no such input.
  const std::string& input(std::size_t i) const {
    if (i < inputs.size() && !inputs[i].empty()) return inputs[i];
    throw Refusal("its input " + std::to_string(i) + " is missing");
  }
};

/// Information about the file's tensors, and the graph under construction.
class OnnxImport {
 public:
  OnnxImport(onnx::ModelProto& model, std::string folder);

  Builder builder;
  int opset = 0;

  bool is_constant(const std::string& tensor) const;
  /// True for tensors that the network computes.
  bool is_value(const std::string& tensor) const { return values_.contains(tensor); }
  const Value& value(const std::string& tensor) const { return values_.at(tensor); }
  bool is_used(const std::string& tensor) const { return used_.contains(tensor); }
  const std::string& folder() const { return folder_; }

  /// A constant tensor; initialisers are decoded at first use.
  const Constant& constant(const std::string& tensor);
  /// Input `i` of a node, computed by the network. Throws Refusal if it is constant or missing.
  const Value& input(const OnnxNode& node, std::size_t i) const;
  /// Input `i`, which must be constant; nothing if it is omitted.
  std::optional<Constant> constant_input(const OnnxNode& node, std::size_t i);
  /// The same, as integers, where it may also be an attribute (in files of another opset).
  std::optional<std::vector<std::int64_t>> take_integers(OnnxNode& node, const std::string& name,
                                                         std::size_t i);

  void set(const std::string& tensor, Value value) { values_[tensor] = std::move(value); }
  void set(const std::string& tensor, Constant value) { constants_[tensor] = std::move(value); }
  void forget(const std::string& tensor) { values_.erase(tensor), constants_.erase(tensor); }

 private:
  std::string folder_;
  std::unordered_map<std::string, onnx::TensorProto*> initializers_;
  std::unordered_map<std::string, Constant> constants_;
  std::unordered_map<std::string, Value> values_;
  std::unordered_set<std::string> used_;
};

/// Extents after Squeeze (all axes of extent 1 if none are named) and Unsqueeze.
Dims squeezed(const Dims& dims, const std::optional<Dims>& axes);
Dims unsqueezed(const Dims& dims, const Dims& axes);

/// The range of Slice along one axis: begin, begin + step, ... before end.
struct SliceRange {
  int axis = 0;
  std::int64_t begin = 0, end = 0, step = 1;
};
/// From attributes (opset below 10) or inputs, clamped to the extents as ONNX defines it.
std::vector<SliceRange> take_slices(OnnxImport& in, OnnxNode& node, const Dims& dims);

bool is_float_type(std::int64_t type);    ///< float, double, half, bfloat16
bool is_integer_type(std::int64_t type);  ///< integers and bool

/// Adds the nodes for one node of the file.
using OnnxHandler = void (*)(OnnxImport&, OnnxNode&);
using OnnxHandlers = std::unordered_map<std::string, OnnxHandler>;
const OnnxHandlers& arithmetic_handlers();  ///< normalisation, activations, sums, products
const OnnxHandlers& dense_handlers();       ///< matrix products, softmax, means over space
const OnnxHandlers& shape_handlers();       ///< reshape, transpose, concat, slice, identity
const OnnxHandlers& window_handlers();      ///< convolution, pooling, padding, LRN

/// Transposed convolution, resize, further activations: for ModelFiles::theory only.
const OnnxHandlers& theory_handlers();

/// Computes a node whose inputs are constants (or of which only the shape is needed).
using OnnxEvaluator = Constant (*)(OnnxImport&, OnnxNode&);
const std::unordered_map<std::string, OnnxEvaluator>& evaluators();

}  // namespace rfmap::importing
