#include <algorithm>
#include <array>
#include <filesystem>
#include <set>
#include <string>
#include <variant>
#include <vector>

#include <fmt/format.h>

#include "rfmap/error.h"
#include "rfmap/model.h"

#include "core/sha256.h"
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

}  // namespace

Model read_model(const ModelFiles& files) {
  if (!std::filesystem::is_regular_file(files.model))
    throw ConfigError("The model '" + files.model + "' does not exist or is not a file.");
  try {
    Model model = import_file(files);
    if (model.graph.nodes.size() < 2 && !model.unsupported.empty())
      throw ModelError("nothing of it can be imported: node '" + model.unsupported[0].node + "' (" +
                       model.unsupported[0].operation + "): " + model.unsupported[0].reason);
    model.graph = fold_affine(model.graph);
    importing::settle_paths(model.graph);
    model.model_sha256 = core::sha256_of_files({files.model});
    return model;
  } catch (const ModelError& error) {
    throw ModelError(about(files.model, error.what()));
  } catch (const importing::Refusal& refusal) {
    throw ModelError(about(files.model, refusal.what()));
  }
}

}  // namespace rfmap
