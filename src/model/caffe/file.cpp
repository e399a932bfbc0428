#include "model/caffe/file.h"

#include <filesystem>
#include <utility>

#include <fcntl.h>
#include <google/protobuf/io/tokenizer.h>
#include <google/protobuf/io/zero_copy_stream_impl.h>
#include <google/protobuf/text_format.h>

#include "model/protobuf_file.h"

namespace rfmap::importing {
namespace {

using google::protobuf::TextFormat;

/// Keeps the first error, and warnings (unknown fields) with their lines, counted from 0.
class Complaints : public google::protobuf::io::ErrorCollector {
 public:
  void AddError(int line, int, const std::string& message) override {
    if (error.empty()) error = "line " + std::to_string(line + 1) + ": " + message;
  }
  void AddWarning(int line, int, const std::string& message) override {
    unknown.emplace_back(line, message);
  }
  std::string error;
  std::vector<std::pair<int, std::string>> unknown;
};

/// The name between quotes at the end of protobuf's warning, 'Message type "A" has no field named
/// "b".', or the complete warning.
std::string field_name(const std::string& warning) {
  const std::size_t end = warning.rfind('"');
  const std::size_t begin = end == std::string::npos ? end : warning.rfind('"', end - 1);
  return begin == std::string::npos ? warning : warning.substr(begin + 1, end - begin - 1);
}

/// Moves the layers out of the parsed net, converted to the current format, with their first lines.
std::vector<std::pair<int, CaffeLayer>> take_layers(caffe::NetParameter& net,
                                                    const TextFormat::ParseInfoTree& tree) {
  const auto* fields = caffe::NetParameter::descriptor();
  const auto* v2 = fields->FindFieldByName("layer");
  const auto* v1 = fields->FindFieldByName("layers");
  std::vector<std::pair<int, CaffeLayer>> layers;
  for (int i = 0; i < net.layers_size(); ++i)
    layers.push_back({tree.GetLocation(v1, i).line, {upgrade(net.layers(i)), {}, {}}});
  for (int i = 0; i < net.layer_size(); ++i)
    layers.push_back({tree.GetLocation(v2, i).line, {net.layer(i), {}, {}}});
  net.clear_layers();
  net.clear_layer();
  return layers;
}

CaffeFile parse_text(const std::string& path) {
  google::protobuf::io::FileInputStream stream(open(path.c_str(), O_RDONLY | O_CLOEXEC));
  stream.SetCloseOnDelete(true);
  Complaints complaints;
  TextFormat::ParseInfoTree tree;
  TextFormat::Parser parser;
  parser.AllowUnknownField(true);  // the layer may not be needed
  parser.AllowPartialMessage(true);
  parser.SetRecursionLimit(100);  // that of binary files; a stack ends at some thousands
  parser.RecordErrorsTo(&complaints);
  parser.WriteLocationsTo(&tree);
  CaffeFile file;
  if (!parser.Parse(&stream, &file.net))
    throw ModelError("'" + path + "' cannot be read as a Caffe prototxt: " + complaints.error);
  auto layers = take_layers(file.net, tree);
  for (const auto& [line, warning] : complaints.unknown) {
    std::pair<int, CaffeLayer>* owner = nullptr;
    for (auto& layer : layers)
      if (layer.first <= line && (!owner || owner->first <= layer.first)) owner = &layer;
    if (!owner)
      throw ModelError("'" + path + "', line " + std::to_string(line + 1) + ": the field '" +
                       field_name(warning) + "' is not understood.");
    owner->second.unknown.push_back(field_name(warning));
  }
  for (auto& [line, layer] : layers) file.layers.push_back(std::move(layer));
  return file;
}

caffe::WeightsFile parse_weights(const std::string& path) {
  if (!std::filesystem::is_regular_file(path))
    throw ConfigError("The weights file '" + path + "' does not exist or is not a file.");
  caffe::WeightsFile file;
  parse_binary(path, "a caffemodel", "", file);
  if (file.layer_size() == 0 && file.layers_size() == 0)
    throw ModelError("'" + path + "' holds no Caffe layers.");
  return file;
}

Constant take_blob(caffe::BlobProto& blob, const std::string& layer) {
  Dims dims(blob.shape().dim().begin(), blob.shape().dim().end());
  if (!blob.has_shape() && (blob.has_num() || blob.has_channels()))
    dims = {blob.num(), blob.channels(), blob.height(), blob.width()};
  std::vector<float> values(blob.data().begin(), blob.data().end());
  if (values.empty()) values.assign(blob.double_data().begin(), blob.double_data().end());
  blob.Clear();
  if (volume(dims) != std::int64_t(values.size()))
    throw Damaged("layer '" + layer + "': a blob of " + text(dims) + " holds " +
                  std::to_string(values.size()) + " numbers");
  return make_constant(std::move(dims), std::move(values));
}

template <class Layers>
void collect_blobs(Layers& layers, std::unordered_map<std::string, std::vector<Constant>>& found) {
  for (auto& layer : layers) {
    auto& blobs = found[layer.name()];
    for (auto& blob : *layer.mutable_blobs()) blobs.push_back(take_blob(blob, layer.name()));
  }
}

}  // namespace

CaffeFile read_caffe(const std::string& prototxt, const std::string& caffemodel) {
  CaffeFile file = parse_text(prototxt);
  if (caffemodel.empty()) return file;
  caffe::WeightsFile weights = parse_weights(caffemodel);
  std::unordered_map<std::string, std::vector<Constant>> blobs;
  try {
    collect_blobs(*weights.mutable_layers(), blobs);
    collect_blobs(*weights.mutable_layer(), blobs);
  } catch (const Damaged& damage) {
    throw ModelError("'" + caffemodel + "': " + damage.what() + ".");
  }
  for (CaffeLayer& layer : file.layers) {
    const auto found = blobs.find(layer.proto.name());
    layer.has_weights = found != blobs.end();
    if (layer.has_weights) layer.blobs = found->second;
  }
  return file;
}

}  // namespace rfmap::importing
