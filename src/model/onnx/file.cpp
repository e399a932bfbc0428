#include "model/onnx/file.h"

#include <filesystem>
#include <set>

#include "model/protobuf_file.h"

namespace rfmap::importing {
namespace {

namespace fs = std::filesystem;

void collect(const onnx::TensorProto& tensor, const std::string& folder,
             std::set<std::string>& paths) {
  // Stripped graphs name no location: that is missing data, found when it is read.
  if (tensor.data_location() == onnx::TensorProto::EXTERNAL && tensor.external_data_size() > 0)
    paths.insert(external_path(tensor, folder));
}

template <class Nodes>
void collect_from(const Nodes& nodes, const std::string& folder, std::set<std::string>& paths);

/// Inner graphs included.
void collect(const onnx::GraphProto& graph, const std::string& folder,
             std::set<std::string>& paths) {
  for (const auto& tensor : graph.initializer()) collect(tensor, folder, paths);
  collect_from(graph.node(), folder, paths);
}

template <class Nodes>
void collect_from(const Nodes& nodes, const std::string& folder, std::set<std::string>& paths) {
  for (const auto& node : nodes)
    for (const auto& attribute : node.attribute()) {
      if (attribute.has_t()) collect(attribute.t(), folder, paths);
      if (attribute.has_g()) collect(attribute.g(), folder, paths);
    }
}

}  // namespace

onnx::ModelProto parse_onnx(const std::string& path) {
  onnx::ModelProto model;
  parse_binary(path, "ONNX", "; saving it with external data would help", model);
  if (!model.has_graph() || model.graph().node_size() == 0)
    throw ModelError("'" + path + "' holds no ONNX graph.");
  return model;
}

std::string external_path(const onnx::TensorProto& tensor, const std::string& folder) {
  fs::path location;
  for (const auto& entry : tensor.external_data())
    if (entry.key() == "location") location = fs::path(entry.value()).lexically_normal();
  if (location.empty())
    throw Damaged("tensor '" + tensor.name() +
                  "' has no values: the file was saved without its weights");
  if (location.is_absolute() || *location.begin() == "..")
    throw Damaged("tensor '" + tensor.name() + "' points to '" + location.string() +
                  "', outside the model's folder, which is refused");
  return (fs::path(folder) / location).string();
}

std::vector<std::string> external_files(const onnx::ModelProto& model, const std::string& folder) {
  std::set<std::string> paths;
  collect(model.graph(), folder, paths);
  for (const auto& function : model.functions()) collect_from(function.node(), folder, paths);
  return {paths.begin(), paths.end()};
}

}  // namespace rfmap::importing
