#include "model/import.h"

#include <cstddef>
#include <optional>
#include <utility>

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
  return is_usual(input.dims[3]) && !is_usual(input.dims[1]) ? InputLayout::channels_last
                                                              : InputLayout::channels_first;
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
    throw ModelError(fmt::format("its input '{}' leaves the number of channels open ({}); "
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

/// The reason if the node cannot be imported. `resized`: the input has another size than the file's
/// own; nodes that cannot take it are omitted, so that the rest can be measured.
std::optional<std::string> refusal(const FileNode& node, bool resized,
                                   const std::function<void()>& import) {
  try {
    import();
    return std::nullopt;
  } catch (const Refusal& reason) {
    return reason.what();
  } catch (const Damaged& damage) {
    throw ModelError(located(node, damage.what()));
  } catch (const ModelError& misfit) {
    if (!resized) throw ModelError(located(node, misfit.what()));
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
  if (!losses.pass_on(node, reads)) {
    const std::size_t size = builder.size();
    const auto reason = refusal(node, files_.input_size != Size{}, import);
    if (!reason) {
      builder.place(size, node.module, node.path);
      if (builder.size() == size) alias_module(node);
      return builder.commit();
    }
    builder.roll_back(size);
    losses.lose(node, *reason, reads);
  }
  for (const std::string& output : node.outputs) values_.erase(output);
}

void Import::add_output(const std::string& tensor) {
  if (is_value(tensor))
    builder.graph().outputs.push_back(value(tensor).node);
}

Model Import::finish() {
  Model model;
  model.graph = builder.finish();
  model.unsupported = losses.list();
  return model;
}

}  // namespace rfmap::importing
