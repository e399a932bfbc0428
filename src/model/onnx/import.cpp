#include "model/onnx/import.h"

#include <utility>

#include "model/onnx/file.h"

namespace rfmap::importing {
namespace {

/// All tensors that a graph reads, subgraphs and declared outputs included.
void collect_used(const onnx::GraphProto& graph, std::unordered_set<std::string>& used) {
  for (const auto& output : graph.output()) used.insert(output.name());
  for (const auto& node : graph.node()) {
    used.insert(node.input().begin(), node.input().end());
    for (const auto& attribute : node.attribute()) {
      if (attribute.has_g()) collect_used(attribute.g(), used);
      for (const auto& inner : attribute.graphs()) collect_used(inner, used);
    }
  }
}

/// Elements with which every file is credited: shapes, indices and masks are computed from little.
constexpr std::size_t kSmallFile = std::size_t(1) << 21;

}  // namespace

OnnxImport::OnnxImport(onnx::ModelProto& model, const ModelFiles& files, std::string folder)
    : Import(files), folder_(std::move(folder)) {
  take_note(kSmallFile);
  for (const auto& import : model.opset_import())
    if (import.domain().empty() || import.domain() == "ai.onnx") opset = int(import.version());
  add_graph(*model.mutable_graph());
  if (!this->files().theory) return;
  const auto note_shape = [&](const onnx::ValueInfoProto& value) {
    if (value.type().tensor_type().has_shape())
      declared_[value.name()] = &value.type().tensor_type().shape();
  };
  for (const auto& value : model.graph().value_info()) note_shape(value);
  for (const auto& value : model.graph().output()) note_shape(value);
  for (const auto& node : model.graph().node())
    if (!node.domain().empty() && node.domain() != "ai.onnx")
      foreign_.insert(node.output().begin(), node.output().end());
}

void OnnxImport::add_graph(onnx::GraphProto& graph) {
  for (auto& tensor : *graph.mutable_initializer()) {
    initializers_[tensor.name()] = &tensor;
    if (files().theory && lacks_values(tensor, folder_)) missing_.insert(tensor.name());
  }
  collect_used(graph, used_);
}

bool OnnxImport::is_constant(const std::string& tensor) const {
  return constants_.contains(tensor) || initializers_.contains(tensor);
}

void OnnxImport::expect_theory() const {
  if (!files().theory) throw Refusal("the operation is not supported");
}

const Constant& OnnxImport::constant(const std::string& tensor) {
  if (const auto found = constants_.find(tensor); found != constants_.end()) return found->second;
  const auto found = initializers_.find(tensor);
  if (found == initializers_.end()) throw Refusal("'" + tensor + "' has to be a constant");
  const bool missing = is_missing(tensor);
  Constant values = missing ? placeholder_of(*found->second) : take_values(*found->second, folder_);
  values.type = found->second->data_type();
  if (!missing) take_note(values.size());
  set_constant(tensor, std::move(values));
  return constants_[tensor];
}

void OnnxImport::take_note(std::size_t stored) {
  room_ += 8 * std::int64_t(stored);
  steps += 64 * double(stored);
}

/// Placeholders beyond the room are left without values.
void OnnxImport::set_constant(const std::string& tensor, Constant value) {
  const std::int64_t count = value.has_values() ? std::int64_t(value.size()) : 0;
  const bool missing = is_missing(tensor), shared = missing && count <= kSharedPlaceholder;
  if (missing && !shared && count > room_)
    value.floats.reset(), value.integers.reset();
  else if (!shared)
    room_ -= count;
  constants_[tensor] = std::move(value);
}

const Value& OnnxImport::input(const OnnxNode& node, std::size_t i) const {
  if (!is_value(node.input(i)))
    throw Refusal("its input '" + node.inputs[i] + "' is a constant, which is not supported here");
  return value(node.inputs[i]);
}

Value OnnxImport::value_or_constant(const OnnxNode& node, std::size_t i) {
  const std::string& tensor = node.input(i);
  return is_constant(tensor) ? constant_value(builder, {tensor, {}}, constant(tensor))
                             : input(node, i);
}

std::optional<Constant> OnnxImport::constant_input(const OnnxNode& node, std::size_t i) {
  if (i >= node.inputs.size() || node.inputs[i].empty()) return std::nullopt;
  if (!is_constant(node.inputs[i]))
    throw Refusal("its input '" + node.inputs[i] +
                  "' depends on the image, and only constants are supported there");
  return constant(node.inputs[i]);
}

std::optional<Dims> OnnxImport::take_integers(OnnxNode& node, const std::string& name,
                                              std::size_t i) {
  if (node.attributes.has(name)) return node.attributes.take_ints(name);
  if (const auto given = constant_input(node, i)) return as_integers(*given);
  return std::nullopt;
}

bool is_float_type(std::int64_t type) {
  return type == onnx::TensorProto::FLOAT || type == onnx::TensorProto::DOUBLE ||
         type == onnx::TensorProto::FLOAT16 || type == onnx::TensorProto::BFLOAT16;
}

bool is_integer_type(std::int64_t type) {
  return (type >= onnx::TensorProto::UINT8 && type <= onnx::TensorProto::INT64) ||
         type == onnx::TensorProto::BOOL || type == onnx::TensorProto::UINT32 ||
         type == onnx::TensorProto::UINT64;
}

}  // namespace rfmap::importing
