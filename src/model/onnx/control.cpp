#include "model/onnx/control.h"

#include <algorithm>
#include <utility>

#include <fmt/format.h>

namespace rfmap::importing {
namespace {

constexpr std::int64_t kMostRounds = 1000;

onnx::GraphProto& inner_graph(onnx::NodeProto& node, const std::string& name) {
  for (auto& attribute : *node.mutable_attribute())
    if (attribute.name() == name && attribute.has_g()) return *attribute.mutable_g();
  throw Refusal("its graph '" + name + "' is missing");
}

const onnx::AttributeProto* find_attribute(const onnx::NodeProto& node, const std::string& name) {
  for (const auto& attribute : node.attribute())
    if (attribute.name() == name) return &attribute;
  return nullptr;
}

/// The only number of a constant tensor.
double known_number(OnnxImport& in, const std::string& tensor, const std::string& what) {
  if (!in.is_constant(tensor))
    throw Refusal(what + " depends on the image, and only a constant one is supported");
  const Constant& constant = in.constant(tensor);
  if (constant.size() != 1) throw Refusal(what + " is not a single number");
  return constant.at(0);
}

/// The name in the file of what an inner graph calls `tensor`.
const std::string& outside(const Renaming& names, const std::string& tensor) {
  const auto found = names.find(tensor);
  return found == names.end() ? tensor : found->second;
}

void import_if(const FragmentScope& scope, onnx::NodeProto& node) {
  if (node.input_size() != 1) throw Refusal("its condition is missing");
  const bool taken = known_number(scope.import, node.input(0), "its condition") != 0;
  onnx::GraphProto& branch = inner_graph(node, taken ? "then_branch" : "else_branch");
  if (branch.output_size() < node.output_size())
    throw Refusal("its branch has fewer outputs than the node");
  Renaming names;
  scope.walk(scope.names.take_initializers(branch, "", names));
  onnx::GraphProto body = scope.names.copy(branch.node(), "", names);
  for (int i = 0; i < node.output_size(); ++i)
    if (!node.output(i).empty())
      append_identity(body, node_name(node), outside(names, branch.output(i).name()),
                      node.output(i));
  scope.walk(std::move(body));
}

/// Joins tensors along a new axis.
void append_stack(const FragmentScope& scope, onnx::GraphProto& graph, const std::string& name,
                  const std::vector<std::string>& tensors, std::int64_t axis,
                  const std::string& output) {
  if (tensors.empty()) throw Refusal("it stacks the results of no rounds, whose extents are open");
  std::vector<std::string> parts;
  for (const std::string& tensor : tensors) {
    parts.push_back(tensors.size() == 1 ? output : scope.names.fresh(tensor + "/stacked"));
    add_ints(append_node(graph, "Unsqueeze", tensors.size() == 1 ? name : parts.back(), {tensor},
                         parts.back()),
             "axes", {axis});
  }
  if (parts.size() > 1) add_int(append_node(graph, "Concat", name, parts, output), "axis", axis);
}

/// A body that runs again and again, with values carried from round to round.
class Rounds {
 public:
  Rounds(const FragmentScope& scope, onnx::NodeProto& node, std::vector<std::string> carried)
      : scope_(scope),
        name_(node_name(node)),
        body_(inner_graph(node, "body")),
        carried_(std::move(carried)) {
    scope_.walk(scope_.names.take_initializers(body_, name_, shared_));
  }

  /// `names`: the body's inputs that are not carried; `first_in`, `first_out`: index of the first
  /// carried input and output. Returns the names in the file of what the round has computed.
  Renaming run(Renaming names, int first_in, int first_out) {
    if (round_ == kMostRounds)
      throw Refusal(fmt::format("it takes more than {} rounds", kMostRounds));
    names.insert(shared_.begin(), shared_.end());
    for (std::size_t i = 0; i < carried_.size(); ++i)
      names[body_.input(first_in + int(i)).name()] = carried_[i];
    scope_.walk(scope_.names.copy(body_.node(), fmt::format("{}/{}", name_, round_++), names));
    for (std::size_t i = 0; i < carried_.size(); ++i)
      carried_[i] = outside(names, body_.output(first_out + int(i)).name());
    const int first_stacked = first_out + int(carried_.size());
    stacks_.resize(std::size_t(body_.output_size() - first_stacked));
    for (std::size_t i = 0; i < stacks_.size(); ++i)
      stacks_[i].push_back(outside(names, body_.output(first_stacked + int(i)).name()));
    return names;
  }

  /// Gives the node's outputs their values; `axes`, `reversed`: of the stacked ones.
  void finish(const onnx::NodeProto& node, const std::vector<std::int64_t>& axes,
              const std::vector<bool>& reversed) {
    onnx::GraphProto last;
    for (int i = 0; i < node.output_size(); ++i) {
      const std::size_t stack = std::size_t(i) - std::min(std::size_t(i), carried_.size());
      if (node.output(i).empty()) continue;
      if (i < int(carried_.size())) {
        append_identity(last, name_, carried_[i], node.output(i));
        continue;
      }
      std::vector<std::string> tensors;
      if (stack < stacks_.size()) tensors = stacks_[stack];
      if (reversed[stack]) std::reverse(tensors.begin(), tensors.end());
      append_stack(scope_, last, name_, tensors, axes[stack], node.output(i));
    }
    scope_.walk(std::move(last));
  }

  std::int64_t count() const { return round_; }
  const onnx::GraphProto& body() const { return body_; }
  const std::string& name() const { return name_; }

 private:
  const FragmentScope& scope_;
  std::string name_;
  onnx::GraphProto& body_;
  Renaming shared_;  ///< of the body's initialisers
  std::vector<std::string> carried_;
  std::vector<std::vector<std::string>> stacks_;  ///< per stacked output, one tensor per round
  std::int64_t round_ = 0;
};

/// Number of outputs behind the first `carried`.
std::size_t stacked_outputs(const onnx::NodeProto& node, std::size_t carried) {
  return std::size_t(node.output_size()) - std::min(std::size_t(node.output_size()), carried);
}

void import_loop(const FragmentScope& scope, onnx::NodeProto& node) {
  OnnxImport& in = scope.import;
  const int carried = node.input_size() - 2;
  if (carried < 0) throw Refusal("its inputs are incomplete");
  Rounds rounds(scope, node, {node.input().begin() + 2, node.input().end()});
  if (rounds.body().input_size() != carried + 2 || rounds.body().output_size() < carried + 1)
    throw Refusal("its body does not fit its inputs");
  const double most = node.input(0).empty()
                          ? double(kMostRounds) + 1
                          : known_number(in, node.input(0), "its number of rounds");
  std::string condition = node.input(1);
  if (condition.empty()) {
    condition = scope.names.fresh(rounds.name() + "/condition");
    in.set_constant(condition, make_constant({}, Dims{1}));
  }
  while (double(rounds.count()) < most && known_number(in, condition, "its condition") != 0) {
    const std::string round = scope.names.fresh(rounds.name() + "/round");
    in.set_constant(round, make_constant({}, Dims{rounds.count()}));
    const Renaming names = rounds.run(
        {{rounds.body().input(0).name(), round}, {rounds.body().input(1).name(), condition}}, 2, 1);
    condition = outside(names, rounds.body().output(0).name());
  }
  const std::size_t stacked = stacked_outputs(node, std::size_t(carried));
  rounds.finish(node, std::vector<std::int64_t>(stacked, 0), std::vector<bool>(stacked, false));
}

/// Element `i` of an attribute of integers; 0 without it.
std::int64_t entry(const onnx::NodeProto& node, const std::string& name, int i) {
  const auto* attribute = find_attribute(node, name);
  if (attribute == nullptr) return 0;
  if (i >= attribute->ints_size()) throw Refusal("its attribute '" + name + "' is too short");
  return attribute->ints(i);
}

/// One of the tensors that Scan reads slice by slice.
struct ScannedInput {
  std::string tensor;
  int axis;
  std::int64_t length;
  bool reversed;
};

ScannedInput scanned_input(OnnxImport& in, const onnx::NodeProto& node, int states, int i) {
  const std::string& tensor = node.input(states + i);
  if (!in.is_constant(tensor) && !in.is_value(tensor))
    throw Refusal("its input '" + tensor + "' could not be read");
  const Dims dims = in.is_constant(tensor) ? in.constant(tensor).dims : in.value(tensor).dims;
  const int axis = resolve_axis(entry(node, "scan_input_axes", i), int(dims.size()));
  return {tensor, axis, dims[axis], entry(node, "scan_input_directions", i) != 0};
}

/// Slice `round` of the input, without the axis.
std::string append_scanned(const FragmentScope& scope, onnx::GraphProto& graph,
                           const ScannedInput& input, const std::string& name, std::int64_t round) {
  const std::int64_t at = input.reversed ? input.length - 1 - round : round;
  const std::string slice = scope.names.fresh(fmt::format("{}/{}/slice", name, round));
  std::string element = scope.names.fresh(fmt::format("{}/{}/element", name, round));
  onnx::NodeProto& cut = append_node(graph, "Slice", slice, {input.tensor}, slice);
  add_ints(cut, "starts", {at});
  add_ints(cut, "ends", {at + 1});
  add_ints(cut, "axes", {input.axis});
  add_ints(append_node(graph, "Squeeze", element, {slice}, element), "axes", {input.axis});
  return element;
}

void import_scan(const FragmentScope& scope, onnx::NodeProto& node) {
  const auto* given = find_attribute(node, "num_scan_inputs");
  const int scanned = given != nullptr ? to_int(given->i(), "num_scan_inputs") : 0;
  const int states = node.input_size() - scanned;
  if (scope.import.opset < 9 || scanned < 1 || states < 0)
    throw Refusal("a scan of this form is not supported");
  std::vector<ScannedInput> inputs;
  for (int i = 0; i < scanned; ++i) inputs.push_back(scanned_input(scope.import, node, states, i));
  for (const ScannedInput& input : inputs)
    if (input.length != inputs[0].length) throw Refusal("its inputs differ in length");
  Rounds rounds(scope, node, {node.input().begin(), node.input().begin() + states});
  if (rounds.body().input_size() != node.input_size() || rounds.body().output_size() < states)
    throw Refusal("its body does not fit its inputs");
  while (rounds.count() < inputs[0].length) {
    Renaming names;
    onnx::GraphProto slices;
    for (int i = 0; i < scanned; ++i)
      names[rounds.body().input(states + i).name()] =
          append_scanned(scope, slices, inputs[i], rounds.name(), rounds.count());
    scope.walk(std::move(slices));
    rounds.run(std::move(names), 0, 0);
  }
  std::vector<std::int64_t> axes;
  std::vector<bool> reversed;
  for (int i = 0; i < int(stacked_outputs(node, std::size_t(states))); ++i) {
    axes.push_back(entry(node, "scan_output_axes", i));
    reversed.push_back(entry(node, "scan_output_directions", i) != 0);
  }
  rounds.finish(node, axes, reversed);
}

}  // namespace

ControlHandler find_control_handler(const onnx::NodeProto& node) {
  if (!node.domain().empty() && node.domain() != "ai.onnx") return nullptr;
  if (node.op_type() == "If") return import_if;
  if (node.op_type() == "Loop") return import_loop;
  if (node.op_type() == "Scan") return import_scan;
  return nullptr;
}

}  // namespace rfmap::importing
