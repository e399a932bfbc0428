#include <algorithm>
#include <array>
#include <deque>
#include <exception>
#include <filesystem>
#include <set>
#include <utility>

#include "core/sha256.h"
#include "model/importers.h"
#include "model/onnx/control.h"
#include "model/onnx/file.h"
#include "model/onnx/fragment.h"
#include "model/onnx/functions.h"
#include "model/onnx/import.h"
#include "model/onnx/module_paths.h"
#include "model/onnx/quantised.h"

namespace rfmap::importing {
namespace {

OnnxHandler find_onnx_handler(const std::string& operation) {
  for (const OnnxHandlers* table : {&arithmetic_handlers(), &matrix_handlers(), &reduce_handlers(),
                                    &resize_handlers(), &shape_handlers(), &window_handlers()})
    if (const auto found = table->find(operation); found != table->end()) return found->second;
  throw Refusal("the operation is not supported");
}

bool is_layer(const std::string& op) {
  return op == "Conv" || op == "ConvTranspose" || op == "ConvInteger" || op == "QLinearConv" ||
         op == "MaxPool" || op == "AveragePool" || op == "LpPool" || op == "DeformConv";
}

constexpr int kOldestOpset = 7;
constexpr int kDeepest = 50;  ///< functions and graphs inside each other

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

/// Sets a variable for a while.
template <class T>
class Meanwhile {
 public:
  Meanwhile(T& variable, T value) : variable_(variable), before_(std::exchange(variable, value)) {}
  ~Meanwhile() { variable_ = before_; }
  Meanwhile(const Meanwhile&) = delete;
  Meanwhile& operator=(const Meanwhile&) = delete;

 private:
  T& variable_;
  T before_;
};

/// Walks over the nodes of one file. A node that stands for others (a function's call, If, a
/// quantised operation) is replaced by a fragment when it is reached: by then the constants and the
/// shapes that it depends on are known.
class OnnxWalk {
 public:
  OnnxWalk(onnx::ModelProto& model, const ModelFiles& files, const std::string& folder)
      : graph_(*model.mutable_graph()),
        import_(model, files, folder),
        modules_(model),
        functions_(model),
        names_(graph_),
        quantised_(import_, names_) {
    if (import_.opset < kOldestOpset)
      throw Damaged("its operator set " + std::to_string(import_.opset) +
                    " is older than 7, the oldest that is read; onnx.version_converter would help");
  }

  Model run() {
    add_inputs();
    visit_all(graph_);
    for (const auto& output : graph_.output()) import_.add_output(output.name());
    return import_.finish();
  }

 private:
  void add_inputs();
  void visit_all(onnx::GraphProto& graph);
  void walk(onnx::GraphProto fragment);
  void visit(onnx::NodeProto& proto);
  bool replace(onnx::NodeProto& proto);
  void call(const onnx::FunctionProto& function, const onnx::NodeProto& proto);
  ModulePath place_of(const onnx::NodeProto& proto) const;
  OnnxNode file_node(onnx::NodeProto& proto) const;
  void import_node(const std::string& domain, OnnxNode& node);
  void expect_outputs(const OnnxNode& node) const;

  onnx::GraphProto& graph_;
  OnnxImport import_;
  ModulePaths modules_;
  Functions functions_;
  TensorNames names_;
  Quantised quantised_;
  std::deque<onnx::GraphProto> fragments_;  ///< their initialisers are read later
  const FragmentScope scope_{import_, names_,
                             [this](onnx::GraphProto graph) { walk(std::move(graph)); }};
  const onnx::NodeProto* origin_ = nullptr;  ///< the quantised node whose float form is walked
  int depth_ = 0;
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

void OnnxWalk::expect_outputs(const OnnxNode& node) const {
  for (std::size_t i = 1; i < node.outputs.size(); ++i) {
    const std::string& output = node.outputs[i];
    if (!output.empty() && import_.is_used(output) && !import_.is_value(output) &&
        !import_.is_constant(output))
      throw Refusal("its further output '" + output + "' is used, which is not supported");
  }
}

void OnnxWalk::import_node(const std::string& domain, OnnxNode& node) {
  if (!domain.empty() && domain != "ai.onnx")
    throw Refusal("operations of the domain '" + domain + "' are not supported");
  if (node.outputs.empty() || node.outputs[0].empty()) throw Refusal("it has no output");
  if (import_.files().theory && import_without_values(import_, node)) return;
  const std::string& output = node.outputs[0];
  const bool constant =
      std::all_of(node.inputs.begin(), node.inputs.end(),
                  [&](const std::string& t) { return t.empty() || import_.is_constant(t); });
  const auto evaluator = evaluators().find(node.operation);
  if (evaluator != evaluators().end() &&
      (constant || node.operation == "Shape" || node.operation == "Size"))
    import_.set_constant(output, evaluator->second(import_, node));
  else
    import_.set(output, find_onnx_handler(node.operation)(import_, node));
  node.attributes.expect_none_left();
  expect_outputs(node);
}

ModulePath OnnxWalk::place_of(const onnx::NodeProto& proto) const {
  if (origin_ == nullptr) return modules_.of(proto);
  const std::string of_origin = node_name(*origin_);
  if (origin_->op_type().ends_with("QuantizeLinear") || !proto.name().starts_with(of_origin))
    return {};
  if (proto.name() == of_origin) return modules_.of(proto);
  ModulePath place = modules_.of(*origin_);
  place.leaf += proto.name().substr(of_origin.size());
  return place;
}

OnnxNode OnnxWalk::file_node(onnx::NodeProto& proto) const {
  const ModulePath place = place_of(proto);
  return {{node_name(proto),
           proto.op_type(),
           {proto.input().begin(), proto.input().end()},
           {proto.output().begin(), proto.output().end()},
           is_layer(proto.op_type()),
           place.module,
           place.module.empty() ? "" : place.module + "." + place.leaf},
          Attributes(proto)};
}

void OnnxWalk::visit_all(onnx::GraphProto& graph) {
  const auto is_known = [&](const std::string& tensor) { return import_.is_known(tensor); };
  for (const int i : topological_order(graph, is_known)) visit(*graph.mutable_node(i));
}

void OnnxWalk::walk(onnx::GraphProto fragment) {
  if (depth_ == kDeepest) throw Refusal("its functions or graphs contain each other too deeply");
  const Meanwhile<int> deeper(depth_, depth_ + 1);
  onnx::GraphProto& graph = fragments_.emplace_back(std::move(fragment));
  import_.add_graph(graph);
  visit_all(graph);
  graph.clear_node();
}

void OnnxWalk::call(const onnx::FunctionProto& function, const onnx::NodeProto& proto) {
  const int opset = opset_of(function, import_.opset);
  if (opset < kOldestOpset)
    throw Refusal("the function is written in operator set " + std::to_string(opset) +
                  ", which is older than 7");
  onnx::GraphProto body = inlined(function, proto, names_);
  const Meanwhile<int> of_function(import_.opset, opset);
  walk(std::move(body));
}

/// Imports the nodes that take the place of `proto`; false if it is to be imported itself.
bool OnnxWalk::replace(onnx::NodeProto& proto) {
  if (const onnx::FunctionProto* function = functions_.find(proto)) {
    call(*function, proto);
    return true;
  }
  if (std::any_of(proto.input().begin(), proto.input().end(),
                  [&](const auto& t) { return import_.losses.is_lost(t); }))
    return false;
  if (const ControlHandler import_control = find_control_handler(proto)) {
    import_control(scope_, proto);
    return true;
  }
  if (std::any_of(proto.input().begin(), proto.input().end(), [&](const auto& t) {
        return import_.is_missing(t) && !import_.constant(t).has_values();
      }))
    return false;
  if (origin_ && !Quantised::replaces(proto)) return false;  // a float form itself
  auto fragment = quantised_.replaced(proto);
  if (!fragment) return false;
  const Meanwhile<const onnx::NodeProto*> origin(origin_, origin_ ? origin_ : &proto);
  walk(std::move(*fragment));
  return true;
}

void OnnxWalk::visit(onnx::NodeProto& proto) {
  const Builder::Mark mark = import_.builder.mark();
  std::exception_ptr problem;
  try {
    if (replace(proto)) return;
  } catch (const Refusal&) {
    problem = std::current_exception();
  } catch (const ModelError&) {
    problem = std::current_exception();
  }
  OnnxNode node = file_node(proto);
  if (!problem) return import_.add_node(node, [&] { import_node(proto.domain(), node); });
  import_.builder.roll_back(mark);
  node.inputs = read_tensors(proto);
  import_.add_node(node, [&] { std::rethrow_exception(problem); });
}

}  // namespace

Model import_onnx(const ModelFiles& files) {
  if (!files.weights.empty())
    throw ConfigError("--weights is for Caffe networks; '" + files.model + "' holds its own.");
  onnx::ModelProto proto = parse_onnx(files.model);
  const std::string folder = std::filesystem::path(files.model).parent_path().string();
  const std::vector<std::string> external = external_files(proto, folder);
  Model model = OnnxWalk(proto, files, folder).run();
  const auto exists = [](const std::string& path) { return std::filesystem::exists(path); };
  if (!files.theory || std::ranges::all_of(external, exists))
    model.weights_sha256 = core::sha256_of_files(external);
  return model;
}

}  // namespace rfmap::importing
