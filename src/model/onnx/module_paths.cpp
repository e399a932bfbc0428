#include "model/onnx/module_paths.h"

#include <algorithm>
#include <array>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <set>
#include <string_view>

#include <fmt/ranges.h>
#include <google/protobuf/io/coded_stream.h>

namespace rfmap::importing {
namespace {

using Parts = std::vector<std::string>;

Parts parts_of(const std::string& path) {
  Parts parts;
  for (std::size_t at = 0; at <= path.size();) {
    const std::size_t end = std::min(path.find('/', at), path.size());
    parts.push_back(path.substr(at, end - at));
    at = end + 1;
  }
  return parts;
}

std::string joined(const Parts& parts) { return fmt::format("{}", fmt::join(parts, ".")); }

/// NodeProto.metadata_props of a schema that has it, or (ONNX before 1.16) its field number among
/// the unknown fields.
template <class Proto>
std::vector<onnx::StringStringEntryProto> metadata_of(const Proto& node) {
  if constexpr (requires { node.metadata_props(); }) {
    return {node.metadata_props().begin(), node.metadata_props().end()};
  } else {
    constexpr std::uint32_t kMetadata = 9, kText = 2;  // field, and wire type of texts
    const std::string& bytes = node.unknown_fields();
    google::protobuf::io::CodedInputStream in(reinterpret_cast<const std::uint8_t*>(bytes.data()),
                                              int(bytes.size()));
    std::vector<onnx::StringStringEntryProto> entries;
    std::uint32_t length = 0;
    std::string text;
    for (std::uint32_t tag = in.ReadTag(); (tag & 7) == kText; tag = in.ReadTag()) {
      if (!in.ReadVarint32(&length) || !in.ReadString(&text, int(length))) break;
      onnx::StringStringEntryProto entry;
      if (tag >> 3 == kMetadata && entry.ParseFromString(text)) entries.push_back(entry);
    }
    return entries;
  }
}

/// The texts of a Python list: ['', 'layer1', "layer1.0"].
Parts python_list(const std::string& text) {
  Parts items;
  for (std::size_t at = text.find_first_of("'\""); at != std::string::npos;) {
    const std::size_t end = text.find(text[at], at + 1);
    if (end == std::string::npos) break;
    items.push_back(text.substr(at + 1, end - at - 1));
    at = text.find_first_of("'\"", end + 1);
  }
  return items;
}

/// The last scope is the operation, the one before it the module.
std::optional<ModulePath> from_scopes(const onnx::NodeProto& node) {
  for (const auto& entry : metadata_of(node)) {
    if (entry.key() != "pkg.torch.onnx.name_scopes") continue;
    const Parts scopes = python_list(entry.value());
    if (scopes.size() >= 2) return ModulePath{scopes[scopes.size() - 2], scopes.back()};
  }
  return std::nullopt;
}

/// /layer1/layer1.0/conv1/Conv: a part that begins with the one before it replaces it.
std::optional<ModulePath> from_torch_name(const std::string& name) {
  if (!name.starts_with('/')) return std::nullopt;
  const Parts parts = parts_of(name.substr(1));
  Parts modules;
  for (std::size_t i = 0; i + 1 < parts.size(); ++i) {
    if (i > 0 && parts[i].starts_with(parts[i - 1] + ".")) modules.pop_back();
    modules.push_back(parts[i]);
  }
  return ModulePath{joined(modules), parts.back()};
}

/// The second input is a weight that carries its module's name.
std::string module_of_weight(const onnx::NodeProto& node) {
  constexpr std::string_view kWeight = ".weight";
  if (node.input_size() < 2 || !node.input(1).ends_with(kWeight)) return {};
  return node.input(1).substr(0, node.input(1).size() - kWeight.size());
}

/// Parts of names that TensorFlow adds below a layer.
bool is_inside_keras_layer(const std::string& part) {
  constexpr std::array<std::string_view, 6> kInside{"batchnorm",        "convolution", "depthwise",
                                                    "separable_conv2d", "Tensordot",   "Conv2D"};
  return std::ranges::find(kInside, part) != kInside.end();
}

/// Scopes and operation; an anonymous node (Conv__12) is named by its weight.
Parts keras_parts(const onnx::NodeProto& node) {
  Parts parts = parts_of(node.name());
  const bool reads_weight = node.op_type() == "Conv" || node.op_type() == "MatMul" ||
                            node.op_type() == "Gemm" || node.op_type() == "ConvTranspose";
  if (parts.size() < 2 && reads_weight && node.input_size() > 1) parts = parts_of(node.input(1));
  if (parts.size() > 2 && parts[0].ends_with("PartitionedCall")) parts.erase(parts.begin());
  while (parts.size() > 3 && is_inside_keras_layer(parts[parts.size() - 2]))
    parts.erase(parts.end() - 2);
  return parts;
}

/// conv2d_1_2 -> conv2d_1; the same text if it does not end in a number.
std::string without_number(const std::string& name) {
  const std::size_t end = name.find_last_not_of("0123456789");
  if (end == std::string::npos || end == 0 || end + 1 == name.size() || name[end] != '_')
    return name;
  return name.substr(0, end);
}

/// All end in a number, and are distinct without.
bool are_numbered(const std::set<std::string>& names) {
  std::set<std::string> plain;
  for (const std::string& name : names)
    if (without_number(name) == name || !plain.insert(without_number(name)).second) return false;
  return !names.empty();
}

}  // namespace

ModulePaths::ModulePaths(const onnx::ModelProto& model)
    : keras_(model.producer_name() == "tf2onnx") {
  if (!keras_) return;
  std::set<std::string> roots, layers;
  for (const onnx::NodeProto& node : model.graph().node()) {
    const Parts parts = keras_parts(node);
    if (parts.size() < 3) continue;
    roots.insert(parts[0]);
    if (node.name().find('/') != std::string::npos) layers.insert(parts[1]);
  }
  if (roots.size() == 1) keras_root_ = *roots.begin();
  keras_numbered_ = are_numbered(roots) && are_numbered(layers);
}

ModulePath ModulePaths::of(const onnx::NodeProto& node) const {
  if (node.op_type().ends_with("QuantizeLinear")) return {};  // added later, by other programs
  if (keras_) return keras_path(node);
  ModulePath path = from_scopes(node).value_or(from_torch_name(node.name()).value_or(ModulePath{}));
  if (const std::string module = module_of_weight(node); !module.empty()) path.module = module;
  if (path.leaf.empty()) path.leaf = node.op_type();
  return path;
}

ModulePath ModulePaths::keras_path(const onnx::NodeProto& node) const {
  Parts parts = keras_parts(node);
  if (parts.size() < 2) return {};
  const std::string leaf = parts.back();
  parts.pop_back();
  if (parts.size() > 1 && parts[0] == keras_root_) parts.erase(parts.begin());
  if (keras_numbered_)
    for (std::string& part : parts) part = without_number(part);
  return {joined(parts), leaf};
}

}  // namespace rfmap::importing
