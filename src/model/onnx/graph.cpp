#include <algorithm>
#include <array>
#include <filesystem>
#include <numeric>
#include <queue>
#include <set>
#include <utility>

#include "core/sha256.h"
#include "model/importers.h"
#include "model/onnx/file.h"
#include "model/onnx/import.h"
#include "model/onnx/module_paths.h"

namespace rfmap::importing {
namespace {

OnnxHandler find_onnx_handler(const std::string& operation) {
  for (const OnnxHandlers* table : {&arithmetic_handlers(), &matrix_handlers(), &reduce_handlers(),
                                    &resize_handlers(), &shape_handlers(), &window_handlers()})
    if (const auto found = table->find(operation); found != table->end()) return found->second;
  throw Refusal("the operation is not supported");
}

std::string node_name(const onnx::NodeProto& node) {
  if (!node.name().empty()) return node.name();
  for (const std::string& output : node.output())
    if (!output.empty()) return output;
  return node.op_type();
}

bool is_layer(const std::string& op) {
  return op == "Conv" || op == "ConvTranspose" || op == "ConvInteger" || op == "QLinearConv" ||
         op == "MaxPool" || op == "AveragePool" || op == "LpPool" || op == "DeformConv";
}

/// Indices of the nodes in a topological order; the file's own order if it is one. Throws Damaged
/// for a cycle and for a tensor that no node computes.
std::vector<int> topological_order(const onnx::GraphProto& graph) {
  std::unordered_map<std::string, int> producer;
  for (const auto& input : graph.input()) producer[input.name()] = -1;
  for (const auto& tensor : graph.initializer()) producer[tensor.name()] = -1;
  for (const auto& tensor : graph.sparse_initializer()) producer[tensor.values().name()] = -1;
  for (int i = 0; i < graph.node_size(); ++i)
    for (const std::string& output : graph.node(i).output()) producer[output] = i;
  producer[""] = -1;
  std::vector<std::vector<int>> readers(graph.node_size());
  std::vector<int> waits(graph.node_size(), 0), order;
  std::priority_queue<int, std::vector<int>, std::greater<>> ready;
  for (int i = 0; i < graph.node_size(); ++i) {
    for (const std::string& input : graph.node(i).input()) {
      const auto found = producer.find(input);
      if (found == producer.end())
        throw Damaged("node '" + node_name(graph.node(i)) + "' reads tensor '" + input +
                      "', which nothing makes");
      if (found->second < 0) continue;
      readers[found->second].push_back(i);
      ++waits[i];
    }
    if (waits[i] == 0) ready.push(i);
  }
  while (!ready.empty()) {
    const int i = ready.top();
    ready.pop();
    order.push_back(i);
    for (const int reader : readers[i])
      if (--waits[reader] == 0) ready.push(reader);
  }
  if (int(order.size()) != graph.node_size()) throw Damaged("the graph has a cycle");
  return order;
}

/// The order of axes that the first operations which are not element-wise expect of a tensor.
InputLayout evident_layout(const onnx::GraphProto& graph, const std::string& tensor) {
  static const std::set<std::string> by_channel{
      "Conv",          "BatchNormalization",    "MaxPool",       "AveragePool",
      "LRN",           "InstanceNormalization", "ConvTranspose", "GlobalAveragePool",
      "GlobalMaxPool", "DepthToSpace",          "SpaceToDepth"};
  static const std::set<std::string> passed{"Add",  "Sub", "Mul",      "Div",  "Cast",
                                            "Clip", "Neg", "Identity", "Relu", "Pad"};
  constexpr std::array<std::int64_t, 4> kToChannelsFirst{0, 3, 1, 2};
  std::set<std::string> open{tensor};
  for (const auto& node : graph.node()) {  // in the order of the file
    if (std::none_of(node.input().begin(), node.input().end(),
                     [&](const std::string& input) { return open.contains(input); }))
      continue;
    if (by_channel.contains(node.op_type())) return InputLayout::channels_first;
    if (node.op_type() == "Transpose" && node.attribute_size() == 1) {
      const auto& order = node.attribute(0).ints();
      if (std::ranges::equal(order, kToChannelsFirst)) return InputLayout::channels_last;
      return InputLayout::automatic;
    }
    if (!passed.contains(node.op_type())) return InputLayout::automatic;
    open.insert(node.output().begin(), node.output().end());
  }
  return InputLayout::automatic;
}

/// Walks over the nodes of one file.
class OnnxWalk {
 public:
  OnnxWalk(onnx::ModelProto& model, const ModelFiles& files, const std::string& folder)
      : graph_(*model.mutable_graph()), import_(model, files, folder), modules_(model) {
    if (import_.opset < 7)
      throw Damaged("its operator set " + std::to_string(import_.opset) +
                    " is older than 7, the oldest that is read; onnx.version_converter would help");
  }

  Model run() {
    add_inputs();
    for (const int i : topological_order(graph_)) visit(*graph_.mutable_node(i));
    for (const auto& output : graph_.output()) import_.add_output(output.name());
    return import_.finish();
  }

 private:
  void add_inputs();
  void visit(onnx::NodeProto& proto);
  void import_node(const std::string& domain, OnnxNode& node);
  void refuse_extra_outputs(const OnnxNode& node) const;

  onnx::GraphProto& graph_;
  OnnxImport import_;
  ModulePaths modules_;
};

void OnnxWalk::add_inputs() {
  for (const auto& sparse : graph_.sparse_initializer()) {
    const std::string& name = sparse.values().name();
    import_.losses.lose({name, "SparseTensor", {}, {name}}, "sparse weights are not supported", {});
  }
  std::vector<DeclaredInput> inputs;
  for (const auto& input : graph_.input()) {
    const std::string& name = input.name();
    const bool made = std::any_of(graph_.node().begin(), graph_.node().end(), [&](const auto& n) {
      return std::find(n.output().begin(), n.output().end(), name) != n.output().end();
    });
    if (made || import_.is_constant(name) || !import_.is_used(name) || import_.losses.is_lost(name))
      continue;
    const auto& type = input.type().tensor_type();
    DeclaredInput declared{
        {name, {name}}, {}, is_float_type(type.elem_type()), evident_layout(graph_, name)};
    for (const auto& d : type.shape().dim())
      declared.dims.push_back(d.has_dim_value() ? d.dim_value() : 0);
    inputs.push_back(std::move(declared));
  }
  import_.add_inputs(inputs);
}

void OnnxWalk::refuse_extra_outputs(const OnnxNode& node) const {
  if (node.operation == "Split") return;
  for (std::size_t i = 1; i < node.outputs.size(); ++i)
    if (!node.outputs[i].empty() && import_.is_used(node.outputs[i]))
      throw Refusal("its further output '" + node.outputs[i] + "' is used, which is not supported");
}

void OnnxWalk::import_node(const std::string& domain, OnnxNode& node) {
  if (!domain.empty() && domain != "ai.onnx")
    throw Refusal("operations of the domain '" + domain + "' are not supported");
  if (node.outputs.empty() || node.outputs[0].empty()) throw Refusal("it has no output");
  refuse_extra_outputs(node);
  if (import_.files().theory && import_without_values(import_, node)) return;
  const std::string& output = node.outputs[0];
  const bool constant =
      std::all_of(node.inputs.begin(), node.inputs.end(),
                  [&](const std::string& t) { return t.empty() || import_.is_constant(t); });
  const auto evaluator = evaluators().find(node.operation);
  if (evaluator != evaluators().end() &&
      (constant || node.operation == "Shape" || node.operation == "Size")) {
    Constant result = evaluator->second(import_, node);
    node.attributes.expect_none_left();
    return import_.set_constant(output, std::move(result));
  }
  import_.set(output, find_onnx_handler(node.operation)(import_, node));
  node.attributes.expect_none_left();
}

void OnnxWalk::visit(onnx::NodeProto& proto) {
  const ModulePath place = modules_.of(proto);
  const std::string path = place.module.empty() ? "" : place.module + "." + place.leaf;
  OnnxNode node{{node_name(proto),
                 proto.op_type(),
                 {proto.input().begin(), proto.input().end()},
                 {proto.output().begin(), proto.output().end()},
                 is_layer(proto.op_type()),
                 place.module,
                 path},
                Attributes(proto)};
  import_.add_node(node, [&] { import_node(proto.domain(), node); });
}

}  // namespace

Model import_onnx(const ModelFiles& files) {
  if (!files.weights.empty())
    throw ConfigError("--weights is for Caffe networks; '" + files.model + "' holds its own.");
  onnx::ModelProto proto = parse_onnx(files.model);
  const std::string folder = std::filesystem::path(files.model).parent_path().string();
  Model model = OnnxWalk(proto, files, folder).run();
  const std::vector<std::string> paths = external_files(proto, folder);
  const auto exists = [](const std::string& path) { return std::filesystem::exists(path); };
  if (!files.theory || std::ranges::all_of(paths, exists))
    model.weights_sha256 = sha256_of_files(paths);
  return model;
}

}  // namespace rfmap::importing
