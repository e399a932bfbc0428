#pragma once

#include <cstdint>
#include <functional>
#include <string>
#include <unordered_map>
#include <unordered_set>
#include <vector>

#include <onnx.pb.h>

#include "model/names.h"

/// Nodes that take the place of one node of the file: a function's body, the taken branch of an If,
/// an iteration of a Loop, the float form of a quantised operation.
namespace rfmap::importing {

/// From names of tensors inside to names in the file; "" where an optional input is omitted.
using Renaming = std::unordered_map<std::string, std::string>;

/// The node's own name, or that of its first output.
std::string node_name(const onnx::NodeProto& node);

/// All tensors that a node reads, those of its inner graphs from outside included.
std::vector<std::string> read_tensors(const onnx::NodeProto& node);

/// Replaces names in the inputs and outputs of nodes, and in what their inner graphs read.
void rename_tensors(onnx::GraphProto& graph, const Renaming& names);

/// Gives names to the tensors of fragments.
class TensorNames {
 public:
  explicit TensorNames(const onnx::GraphProto& graph);
  /// `wanted`, with a suffix if the file has a tensor of that name.
  std::string fresh(const std::string& wanted) { return names_.take(wanted); }

  /// A copy of `nodes` whose tensors and nodes have names of their own, below `prefix` unless it is
  /// empty. `names` holds the names of the tensors that are given, and then of all.
  onnx::GraphProto copy(const google::protobuf::RepeatedPtrField<onnx::NodeProto>& nodes,
                        const std::string& prefix, Renaming& names);
  /// Moves the initialisers of an inner graph into a graph of their own; `names` gets their names.
  onnx::GraphProto take_initializers(onnx::GraphProto& inner, const std::string& prefix,
                                     Renaming& names);

 private:
  UniqueNames names_;
};

/// Appends Identity: `to` is another name of the tensor `from`, made by the node `name`.
void append_identity(onnx::GraphProto& graph, const std::string& name, const std::string& from,
                     const std::string& to);
onnx::NodeProto& append_node(onnx::GraphProto& graph, const std::string& operation,
                             const std::string& name, const std::vector<std::string>& inputs,
                             const std::string& output);
/// The same with the name and the attributes of `node`.
onnx::NodeProto& append_like(onnx::GraphProto& graph, const onnx::NodeProto& node,
                             const std::string& operation, const std::vector<std::string>& inputs,
                             const std::string& output);
void add_ints(onnx::NodeProto& node, const std::string& name,
              const std::vector<std::int64_t>& values);
void add_int(onnx::NodeProto& node, const std::string& name, std::int64_t value);

bool has_input(const onnx::NodeProto& node, int i);
/// Throws Refusal if there is no such input.
const std::string& required_input(const onnx::NodeProto& node, int i);
/// The integer attribute, which is removed from the node.
std::int64_t take_attribute(onnx::NodeProto& node, const std::string& name, std::int64_t otherwise);

/// Indices of the nodes in a topological order; the file's own order if it is one. `is_known`: what
/// is made outside. Throws Damaged for a cycle and for a tensor that nothing makes.
std::vector<int> topological_order(const onnx::GraphProto& graph,
                                   const std::function<bool(const std::string&)>& is_known);

}  // namespace rfmap::importing
