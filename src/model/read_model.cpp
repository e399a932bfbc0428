#include <algorithm>
#include <filesystem>
#include <set>
#include <string>
#include <variant>
#include <vector>

#include <fmt/format.h>

#include "rfmap/error.h"
#include "rfmap/model.h"

#include "core/sha256.h"
#include "graph/rearrange.h"
#include "model/constant.h"
#include "model/importers.h"
#include "model/paths.h"

namespace rfmap {
namespace {

bool is_prototxt(const std::string& path) {
  const std::string extension = std::filesystem::path(path).extension().string();
  return extension == ".prototxt" || extension == ".pbtxt" || extension == ".txt";
}

/// Adds the file's name to a message that does not contain it.
std::string about(const std::string& path, const std::string& sentence) {
  std::string text = sentence.starts_with("'") ? sentence : "'" + path + "': " + sentence;
  if (!text.ends_with('.')) text += '.';
  return text;
}

Model import_file(const ModelFiles& files) {
  const std::string kind = std::filesystem::path(files.model).extension().string();
  if (kind == ".caffemodel")
    throw ConfigError("'" + files.model +
                      "' holds weights only: --model takes the deploy .prototxt, --weights the "
                      ".caffemodel.");
  return is_prototxt(files.model) ? importing::import_caffe(files) : importing::import_onnx(files);
}

/// After factors and activations the input is only read by transposes that move its last axis to
/// the front: the file's input is N x H x W x C.
bool is_channels_last(const Graph& graph) {
  std::set<int> plain{0};
  bool found = false;
  for (int i = 1; i < int(graph.nodes.size()); ++i) {
    const Node& node = graph.nodes[i];
    if (std::none_of(node.inputs.begin(), node.inputs.end(),
                     [&](int input) { return plain.count(input) > 0; }))
      continue;
    const auto* move = std::get_if<Rearrange>(&node.op);
    if (std::holds_alternative<Affine>(node.op) || std::holds_alternative<Activation>(node.op))
      plain.insert(i);
    else if (move && move->digits == transposed(graph.input(), {2, 0, 1}).digits)
      found = true;
    else
      return false;
  }
  return found;
}

/// Reading it as N x C x H x W would give fields of rows as channels.
void refuse_channels_last(const Graph& graph) {
  const auto [h, w, c] = graph.input();
  const bool colours = c == 1 || c == 3 || c == 4;
  if (!colours || h <= 4 || !is_channels_last(graph)) return;
  throw ModelError(fmt::format(
      "its input '{0}' is channels-last (N x {1} x {2} x {3}, moved to channels-first inside), "
      "which is not followed yet; export it with channels first (tf2onnx: --inputs-as-nchw {0})",
      graph.nodes[0].name, h, w, c));
}

}  // namespace

Model read_model(const ModelFiles& files) {
  if (!std::filesystem::is_regular_file(files.model))
    throw ConfigError("The model '" + files.model + "' does not exist or is not a file.");
  try {
    Model model = import_file(files);
    if (model.graph.nodes.size() < 2 && !model.unsupported.empty())
      throw ModelError("nothing of it can be imported: node '" + model.unsupported[0].node + "' (" +
                       model.unsupported[0].operation + "): " + model.unsupported[0].reason);
    refuse_channels_last(model.graph);
    model.graph = fold_affine(undo_moves(model.graph));
    importing::settle_paths(model.graph);
    model.model_sha256 = sha256_of_files({files.model});
    return model;
  } catch (const ModelError& error) {
    throw ModelError(about(files.model, error.what()));
  } catch (const importing::Refusal& refusal) {
    throw ModelError(about(files.model, refusal.what()));
  }
}

}  // namespace rfmap
