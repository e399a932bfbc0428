#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <unordered_map>
#include <unordered_set>
#include <vector>

#include <onnx.pb.h>

#include "model/constant.h"
#include "model/emit.h"
#include "model/import.h"
#include "model/onnx/attributes.h"

namespace rfmap::importing {

/// One node of the file while it is imported.
struct OnnxNode : FileNode {
  Attributes attributes;
  bool over_line = false;  ///< its windows have one dimension
  int thin_axis = kNone;   ///< its windows have three, and are one position wide along this axis

  Label label() const { return {name, {outputs.at(0)}}; }
  /// Label of a helper node in front of the node itself.
  Label helper(const std::string& suffix) const { return {name + suffix, {}}; }
  /// Throws Refusal if there is no such input.
  const std::string& input(std::size_t i) const {
    if (i < inputs.size() && !inputs[i].empty()) return inputs[i];
    throw Refusal("its input " + std::to_string(i) + " is missing");
  }
  /// Attribute "axis", for a tensor of `rank`.
  int take_axis(std::int64_t fallback, std::size_t rank) {
    return resolve_axis(attributes.take_int("axis", fallback), int(rank));
  }
};

/// Also knows the file's constants.
class OnnxImport : public Import {
 public:
  OnnxImport(onnx::ModelProto& model, const ModelFiles& files, std::string folder);

  int opset = 0;
  double steps = 0;  ///< of arithmetic that may still be spent on products of constants

  bool is_constant(const std::string& tensor) const;
  bool is_used(const std::string& tensor) const { return used_.contains(tensor); }
  /// Whether something makes the tensor: constant, computed, or lost.
  bool is_known(const std::string& tensor) const {
    return is_constant(tensor) || is_value(tensor) || losses.is_lost(tensor);
  }
  /// Makes the initialisers of `graph` known, and all that it reads used. It must stay alive.
  void add_graph(onnx::GraphProto& graph);
  const std::string& folder() const { return folder_; }
  /// Throws Refusal unless theory alone is asked for.
  void expect_theory() const;

  /// Lets more be computed: a tensor of so many elements was read from the file.
  void take_note(std::size_t stored);
  /// A constant tensor; initialisers are decoded at first use.
  const Constant& constant(const std::string& tensor);
  void set_constant(const std::string& tensor, Constant value);
  /// Number of elements that may still be computed from constants: a few megabytes of a file must
  /// not become gigabytes of zeros.
  std::int64_t room() const { return room_; }
  /// For theory: a constant of which only the extents are known; `value` is a placeholder.
  void set_missing(const std::string& tensor, Constant value) {
    missing_.insert(tensor);
    set_constant(tensor, std::move(value));
  }
  bool is_missing(const std::string& tensor) const { return missing_.contains(tensor); }
  /// Input `i` of a node, computed by the network. Throws Refusal if it is constant or missing.
  const Value& input(const OnnxNode& node, std::size_t i) const;
  /// Input `i`, computed by the network or a constant.
  Value value_or_constant(const OnnxNode& node, std::size_t i);
  /// Input `i`, which must be constant; nothing if it is omitted.
  std::optional<Constant> constant_input(const OnnxNode& node, std::size_t i);
  /// The same, as integers, where it may also be an attribute (in files of another opset).
  std::optional<Dims> take_integers(OnnxNode& node, const std::string& name, std::size_t i);

 protected:
  StandIn stand_in(const FileNode& node, const std::string& output) const override;

 private:
  std::optional<Dims> declared_dims(const std::string& tensor) const;
  std::string folder_;
  std::int64_t room_ = 0;
  std::unordered_map<std::string, onnx::TensorProto*> initializers_;
  std::unordered_map<std::string, Constant> constants_;
  std::unordered_set<std::string> used_;
  std::unordered_set<std::string> missing_;  ///< constants without values
  std::unordered_set<std::string> foreign_;  ///< outputs of operations of other domains
  std::unordered_map<std::string, const onnx::TensorShapeProto*> declared_;
};

/// For theory, where weights are missing: true if the node's result, a constant, has been noted.
/// Throws Refusal if the node needs the values.
bool import_without_values(OnnxImport& in, OnnxNode& node);

/// Extents that Reshape, Squeeze or Unsqueeze give to a tensor of `from`.
Dims take_new_dims(OnnxImport& in, OnnxNode& node, const Dims& from);
/// The order of axes of Transpose, not checked.
Dims take_order(OnnxNode& node, std::size_t rank);

/// The range of Slice along one axis: begin, begin + step, ... before end.
struct SliceRange {
  int axis = 0;
  std::int64_t begin = 0, end = 0, step = 1;
};
/// From attributes (opset below 10) or inputs, clamped to the extents as ONNX defines it.
std::vector<SliceRange> take_slices(OnnxImport& in, OnnxNode& node, const Dims& dims);

/// Of the tensor's extents and type.
Constant placeholder_of(const onnx::TensorProto& tensor);

bool is_float_type(std::int64_t type);    ///< float, double, half, bfloat16
bool is_integer_type(std::int64_t type);  ///< integers and bool

/// Adds the nodes for one node of the file; returns its first output and sets the others.
using OnnxHandler = Value (*)(OnnxImport&, OnnxNode&);
using OnnxHandlers = std::unordered_map<std::string, OnnxHandler>;
const OnnxHandlers& arithmetic_handlers();  ///< batch normalisation, element-wise operations
const OnnxHandlers& matrix_handlers();      ///< matrix products
const OnnxHandlers& reduce_handlers();      ///< softmax, normalisation, means and sums
const OnnxHandlers& resize_handlers();
const OnnxHandlers& shape_handlers();   ///< reshape, transpose, concat, slice, identity
const OnnxHandlers& window_handlers();  ///< convolution, pooling, padding, LRN

/// Computes a node whose inputs are constants (or of which only the shape is needed); returns its
/// first output and sets the others.
using OnnxEvaluator = Constant (*)(OnnxImport&, OnnxNode&);
const std::unordered_map<std::string, OnnxEvaluator>& evaluators();

}  // namespace rfmap::importing
