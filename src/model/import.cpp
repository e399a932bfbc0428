#include "model/import.h"

#include <algorithm>
#include <cstddef>
#include <optional>
#include <set>
#include <utility>
#include <variant>

#include <fmt/format.h>

namespace rfmap::importing {
namespace {

/// Index of the input that takes the image.
std::size_t choose_image(const std::vector<DeclaredInput>& inputs) {
  for (std::size_t i = 0; i < inputs.size(); ++i)
    if (inputs[i].dims.size() == 4) return i;
  if (inputs.empty()) throw ModelError("the network has no input");
  throw ModelError(
      fmt::format("its input '{}' has rank {}, and a network of images has rank 4, N x C x H x W",
                  inputs[0].label.name, inputs[0].dims.size()));
}

bool is_usual(std::int64_t channels) { return channels == 1 || channels == 3 || channels == 4; }

/// The order of axes as asked for, else as its readers show, else from the extents.
InputLayout layout_of(const DeclaredInput& input, InputLayout asked) {
  if (asked != InputLayout::automatic) return asked;
  if (input.evident != InputLayout::automatic) return input.evident;
  constexpr std::int64_t kSmallest = 8;  // a map of fewer columns is no image
  const auto is_side = [](std::int64_t n) { return n <= 0 || n >= kSmallest; };
  const bool last = is_usual(input.dims[3]) && is_side(input.dims[1]) && is_side(input.dims[2]);
  return last ? InputLayout::channels_last : InputLayout::channels_first;
}

/// Axes of channels, rows and columns.
struct ImageAxes {
  int channels = 1, rows = 2, columns = 3;
};

ImageAxes axes_of(InputLayout layout) {
  return layout == InputLayout::channels_last ? ImageAxes{3, 1, 2} : ImageAxes{};
}

/// Extents with batch 1 if it is open and the height and width of `files` if given.
Dims input_dims(const DeclaredInput& input, const ImageAxes& at, const ModelFiles& files) {
  if (!input.is_float)
    throw ModelError("its input '" + input.label.name + "' does not take floating-point numbers");
  Dims dims = input.dims;
  if (dims[at.channels] <= 0)
    throw ModelError(
        fmt::format("its input '{}' leaves the number of channels open ({}); "
                    "--input-layout says whether they are the second or the last axis",
                    input.label.name, text(dims)));
  if (dims[0] <= 0) dims[0] = 1;
  if (files.input_size.h > 0 && files.input_size.w > 0) {
    dims[at.rows] = files.input_size.h;
    dims[at.columns] = files.input_size.w;
  }
  if (dims[at.rows] <= 0 || dims[at.columns] <= 0)
    throw ConfigError("'" + files.model +
                      "' leaves its input's height and width open; --input-size HxW has to give "
                      "them.");
  volume(dims);
  return dims;
}

/// The image as the node that holds it: a map, whatever the order of axes in the file.
Value add_image(Builder& builder, const DeclaredInput& input, const ModelFiles& files) {
  const ImageAxes at = axes_of(layout_of(input, files.input_layout));
  Result result{input_dims(input, at, files), {}};
  const Dims& dims = result.dims;
  const Shape shape{to_int(dims[at.channels], "a side"), to_int(dims[at.rows], "a side"),
                    to_int(dims[at.columns], "a side")};
  result.axes.resize(4);
  result.axes[0] = joined({{to_int(dims[0], "a side"), kSamples, 1}});
  result.axes[at.channels] = joined({{shape.c, 0, 1}});
  result.axes[at.rows] = joined({{shape.h, 1, 1}});
  result.axes[at.columns] = joined({{shape.w, 2, 1}});
  return builder.add_input(input.label, shape, std::move(result));
}

/// The message with the file's name of the operation (the shape rule uses its own name).
std::string located(const FileNode& node, const std::string& sentence) {
  const std::string start = "node '" + node.name + "'";
  std::string rest = sentence;
  if (const std::size_t colon = rest.find("): ");
      rest.starts_with(start + " (") && colon != std::string::npos)
    rest.erase(0, colon + 3);
  return start + " (" + node.operation + "): " + rest;
}

/// Whether shapes that do not fit are the file's fault, or may come from what it is read with.
enum class Misfit { damage, expected };

/// The reason if the node cannot be imported. Misfits are expected where the input has another size
/// than the file's own: nodes that cannot take it are omitted, so that the rest can be measured.
std::optional<std::string> refusal(const FileNode& node, Misfit misfits,
                                   const std::function<void()>& import) {
  try {
    import();
    return std::nullopt;
  } catch (const Refusal& reason) {
    return reason.what();
  } catch (const Damaged& damage) {
    throw ModelError(located(node, damage.what()));
  } catch (const ModelError& misfit) {
    if (misfits == Misfit::damage) throw ModelError(located(node, misfit.what()));
    return misfit.what();
  }
}

}  // namespace

void Import::add_inputs(const std::vector<DeclaredInput>& inputs) {
  const std::size_t image = choose_image(inputs);
  for (std::size_t i = 0; i < inputs.size(); ++i) {
    const Label& label = inputs[i].label;
    if (i == image)
      set(label.name, add_image(builder, inputs[i], files_));
    else
      losses.lose({label.name, "Input", {}, {label.name}},
                  "a network with a second input is not supported", {});
  }
}

/// The module of a node that does nothing names the value that passes it.
void Import::alias_module(const FileNode& node) {
  if (node.module.empty() || node.outputs.empty() || !is_value(node.outputs[0])) return;
  const Value& output = value(node.outputs[0]);
  if (builder.graph().nodes[output.node].module != node.module)
    builder.alias(output, {node.module, {}});
}

void Import::add_node(const FileNode& node, const std::function<void()>& import) {
  std::vector<std::string> reads;
  for (const std::string& input : node.inputs)
    if (is_value(input)) reads.push_back(builder.name(value(input)));
  const bool stands_in = files_.theory && !reads.empty();
  if (stands_in || !losses.pass_on(node, reads)) {
    const Builder::Mark mark = builder.mark();
    const bool resized = files_.input_size != Size{} || stands_in_;
    auto reason = stands_in ? unreadable(node) : std::nullopt;
    if (!reason) reason = refusal(node, resized ? Misfit::expected : Misfit::damage, import);
    if (!reason) {
      builder.place(mark, node.module, node.path);
      if (builder.mark().nodes == mark.nodes) alias_module(node);
      return builder.commit();
    }
    builder.roll_back(mark);
    if (stands_in) return add_stand_ins(node, *reason);
    losses.lose(node, *reason, reads);
  }
  for (const std::string& output : node.outputs) values_.erase(output);
}

bool Import::has_shape(const Value& value) const {
  const auto* op = std::get_if<TheoryOnly>(&builder.graph().nodes[std::size_t(value.node)].op);
  return !op || op->shape_known;
}

/// Why an input of the node stops it from being imported; an empty text if the input depends on
/// the image and only its extents are not known.
std::optional<std::string> Import::unreadable(const FileNode& node) const {
  for (const std::string& input : node.inputs)
    if (losses.is_lost(input)) return fmt::format("its input '{}' cannot be read", input);
  for (const std::string& input : node.inputs)
    if (is_value(input) && !has_shape(value(input))) return "";
  return std::nullopt;
}

StandIn Import::stand_in(const FileNode& node, const std::string&) const {
  TheoryOnly op{node.operation};
  op.scope = TheoryOnly::Scope::everything;
  return {std::move(op), std::nullopt};
}

StandIn Import::stand_in_of(const FileNode& node, const std::string& output,
                            const std::set<std::string>& pointwise,
                            const std::set<std::string>& normalisations) const {
  StandIn stands = Import::stand_in(node, output);
  using Scope = TheoryOnly::Scope;
  if (output != node.outputs.front()) return stands;
  if (pointwise.contains(node.operation))
    stands.op.scope = Scope::listed;
  else if (normalisations.contains(node.operation))
    stands.op.scope = Scope::normalised;
  if (stands.op.scope != Scope::everything && !node.inputs.empty() && is_value(node.inputs[0]))
    stands.dims = value(node.inputs[0]).dims;
  return stands;
}

/// The stand-in for an output of a node that reads `inputs`, which say more of it if there is one
/// of known extents.
StandIn Import::settled(const FileNode& node, const std::string& output,
                        const std::vector<Value>& inputs, const std::string& reason) const {
  using Scope = TheoryOnly::Scope;
  StandIn stands = stand_in(node, output);
  const auto& dims = stands.dims;
  const bool one = inputs.size() == 1 && has_shape(inputs.front());
  if (one && dims == inputs.front().dims && stands.op.scope != Scope::everything) return stands;
  stands.op.scope = Scope::everything;
  stands.op.shape_known =
      dims && dims->size() >= 2 && dims->size() <= 4 && dims->front() == batch();
  if (!stands.op.shape_known) stands.dims = Dims{batch(), 1};
  stands.op.reason = reason;
  return stands;
}

/// A node for each output; each reads all values that the node of the file reads.
void Import::add_stand_ins(const FileNode& node, const std::string& reason) {
  stands_in_ = true;
  std::vector<Value> inputs;
  std::set<int> read;
  for (const std::string& input : node.inputs)
    if (is_value(input) && read.insert(value(input).node).second) inputs.push_back(value(input));
  const Builder::Mark mark = builder.mark();
  for (const std::string& output : node.outputs) {
    if (output.empty()) continue;
    StandIn stands = settled(node, output, inputs, reason);
    const bool first = output == node.outputs.front();
    const Label label{first ? node.name : fmt::format("{} ({})", node.name, output), {output}};
    const bool in_place = stands.op.scope != TheoryOnly::Scope::everything;
    set(output, in_place ? builder.add_in_place(label, std::move(stands.op), inputs)
                         : builder.add_stand_in(label, std::move(stands.op), inputs, *stands.dims));
  }
  builder.place(mark, node.module, node.path);
  builder.commit();
}

void Import::add_output(const std::string& tensor) {
  if (is_value(tensor)) builder.graph().outputs.push_back(value(tensor).node);
}

Model Import::finish() {
  Model model;
  model.graph = builder.finish();
  model.unsupported = losses.list();
  return model;
}

}  // namespace rfmap::importing
