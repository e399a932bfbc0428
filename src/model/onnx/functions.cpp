#include "model/onnx/functions.h"

#include <cstdint>

#include <google/protobuf/io/coded_stream.h>

#include "model/constant.h"

namespace rfmap::importing {
namespace {

using Arguments = std::map<std::string, onnx::AttributeProto>;

/// Attributes with a default: FunctionProto.attribute_proto, or (ONNX before 1.13) its field number
/// among the unknown fields.
template <class Proto>
void add_defaults(const Proto& function, Arguments& arguments) {
  if constexpr (requires { function.attribute_proto(); }) {
    for (const auto& attribute : function.attribute_proto())
      arguments[attribute.name()] = attribute;
  } else {
    constexpr std::uint32_t kDefaults = 11, kText = 2;  // field, and wire type of messages
    const std::string& bytes = function.unknown_fields();
    google::protobuf::io::CodedInputStream in(reinterpret_cast<const std::uint8_t*>(bytes.data()),
                                              int(bytes.size()));
    std::uint32_t length = 0;
    std::string text;
    for (std::uint32_t tag = in.ReadTag(); (tag & 7) == kText; tag = in.ReadTag()) {
      if (!in.ReadVarint32(&length) || !in.ReadString(&text, int(length))) break;
      onnx::AttributeProto attribute;
      if (tag >> 3 == kDefaults && attribute.ParseFromString(text))
        arguments[attribute.name()] = attribute;
    }
  }
}

/// Replaces attributes that refer to the function's arguments; one that is not given is removed.
void substitute(onnx::GraphProto& graph, const Arguments& arguments) {
  for (auto& node : *graph.mutable_node()) {
    google::protobuf::RepeatedPtrField<onnx::AttributeProto> given;
    for (auto& attribute : *node.mutable_attribute()) {
      if (attribute.has_g()) substitute(*attribute.mutable_g(), arguments);
      for (auto& inner : *attribute.mutable_graphs()) substitute(inner, arguments);
      if (attribute.ref_attr_name().empty()) {
        *given.Add() = attribute;
      } else if (const auto found = arguments.find(attribute.ref_attr_name());
                 found != arguments.end()) {
        onnx::AttributeProto& own = *given.Add();
        own = found->second;
        own.set_name(attribute.name());
      }
    }
    node.mutable_attribute()->Swap(&given);
  }
}

/// Files write the domain of ONNX's own operators in two ways.
std::string plain_domain(const std::string& domain) { return domain == "ai.onnx" ? "" : domain; }

}  // namespace

Functions::Functions(const onnx::ModelProto& model) {
  for (const auto& function : model.functions()) {
    const auto [entry, is_new] =
        by_name_.try_emplace({plain_domain(function.domain()), function.name()}, &function);
    if (!is_new) entry->second = nullptr;
  }
}

const onnx::FunctionProto* Functions::find(const onnx::NodeProto& node) const {
  const auto found = by_name_.find({plain_domain(node.domain()), node.op_type()});
  if (found == by_name_.end()) return nullptr;
  if (found->second == nullptr)
    throw Refusal("the file has several functions of that name (overloads)");
  return found->second;
}

onnx::GraphProto inlined(const onnx::FunctionProto& function, const onnx::NodeProto& call,
                         TensorNames& names) {
  if (call.input_size() > function.input_size() || call.output_size() > function.output_size())
    throw Refusal("it does not fit the file's function of that name");
  Renaming inner;
  for (int i = 0; i < function.input_size(); ++i)
    inner[function.input(i)] = i < call.input_size() ? call.input(i) : "";
  onnx::GraphProto graph = names.copy(function.node(), node_name(call), inner);
  Arguments arguments;
  add_defaults(function, arguments);
  for (const auto& attribute : call.attribute()) arguments[attribute.name()] = attribute;
  substitute(graph, arguments);
  for (int i = 0; i < call.output_size(); ++i) {
    if (call.output(i).empty()) continue;
    const auto made = inner.find(function.output(i));
    if (made == inner.end() || made->second.empty())
      throw Refusal("nothing makes the function's output '" + function.output(i) + "'");
    append_identity(graph, node_name(call), made->second, call.output(i));
  }
  return graph;
}

int opset_of(const onnx::FunctionProto& function, int otherwise) {
  for (const auto& import : function.opset_import())
    if (plain_domain(import.domain()).empty()) return int(import.version());
  return otherwise;
}

}  // namespace rfmap::importing
