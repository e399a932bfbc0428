#include <algorithm>
#include <set>
#include <utility>

#include <fmt/format.h>

#include "core/sha256.h"
#include "model/caffe/import.h"
#include "model/importers.h"
#include "model/names.h"

namespace rfmap::importing {

Label label(const CaffeLayer& layer) { return helper(layer, ""); }

Label helper(const CaffeLayer& layer, const std::string& suffix) {
  const bool unnamed = layer.proto.name().empty() && layer.proto.top_size() > 0;
  return {(unnamed ? layer.proto.top(0) : layer.proto.name()) + suffix, {}};
}

const Value& CaffeImport::bottom(const CaffeLayer& layer, int i) const {
  if (i >= layer.proto.bottom_size())
    throw Damaged("it has " + std::to_string(layer.proto.bottom_size()) + " bottoms");
  if (!is_value(layer.proto.bottom(i)))
    throw Damaged("it reads blob '" + layer.proto.bottom(i) + "', which nothing makes");
  return value(layer.proto.bottom(i));
}

const Value& CaffeImport::only_bottom(const CaffeLayer& layer) const {
  if (layer.proto.bottom_size() > 1)
    throw Refusal(
        fmt::format("more than one bottom is not supported ({} given)", layer.proto.bottom_size()));
  return bottom(layer, 0);
}

Floats CaffeImport::weights(const CaffeLayer& layer, int i, std::int64_t count) const {
  if (files().weights.empty()) return placeholder({count}, Element::real).floats;
  if (i >= int(layer.blobs.size()))
    throw Damaged(fmt::format("it has {} weights in '{}', which may belong to another network",
                              i > 0 ? "too few" : "no", files().weights));
  if (std::int64_t(layer.blobs[i].size()) != count)
    throw ModelError(fmt::format("it needs {} numbers in its blob {}, and '{}' holds {}", count, i,
                                 files().weights, layer.blobs[i].size()));
  return layer.blobs[i].floats;
}

void CaffeImport::expect_theory(const std::string& what) const {
  if (!files().theory) throw Refusal(what + " is known to rfmap theory alone");
}

StandIn CaffeImport::stand_in(const FileNode& node, const std::string& output) const {
  static const std::set<std::string> pointwise{"AbsVal", "BN",    "BNLL",     "Bias",  "Dropout",
                                               "ELU",    "Exp",   "Log",      "Power", "ReLU6",
                                               "Scale",  "Swish", "Threshold"};
  static const std::set<std::string> normalisations{"BatchNorm", "MVN"};
  return stand_in_of(node, output, pointwise, normalisations);
}

namespace {

CaffeHandler find_caffe_handler(const std::string& type) {
  for (const CaffeHandlers* table :
       {&caffe_arithmetic_handlers(), &caffe_pointwise_handlers(), &caffe_shape_handlers(),
        &caffe_window_handlers(), &caffe_normalise_handlers(), &caffe_fork_handlers()})
    if (const auto found = table->find(type); found != table->end()) return found->second;
  if (type.empty())
    throw Refusal("it has no type; Caffe's upgrade_net_proto_text converts files of before 2014");
  throw Refusal("the layer type is not supported");
}

/// Layers that provide training data or compute losses and do not affect the network's values.
bool is_dropped(const std::string& type) {
  static const std::set<std::string> types{
      "Data",          "ImageData",  "HDF5Data", "MemoryData", "WindowData",     "DummyData",
      "AnnotatedData", "HDF5Output", "Accuracy", "Silence",    "SoftmaxWithLoss"};
  return types.contains(type) || type.ends_with("Loss");
}

/// Convolutions and poolings.
bool is_window(const std::string& type) {
  static const std::set<std::string> types{"Convolution", "Deconvolution", "Pooling",
                                           "ConvolutionDepthwise", "DepthwiseConvolution"};
  return types.contains(type);
}

/// Caffe's rule for the state phase TEST, level 0, without stages.
bool meets(const caffe::NetStateRule& rule) {
  return (!rule.has_phase() || rule.phase() == caffe::TEST) &&
         (!rule.has_min_level() || rule.min_level() <= 0) &&
         (!rule.has_max_level() || rule.max_level() >= 0) && rule.stage_size() == 0;
}

bool takes_part(const caffe::LayerParameter& layer) {
  if (is_dropped(layer.type())) return false;
  if (layer.include_size() > 0)
    return std::any_of(layer.include().begin(), layer.include().end(), meets);
  return std::none_of(layer.exclude().begin(), layer.exclude().end(), meets);
}

Dims shape_dims(const caffe::BlobShape& shape) { return {shape.dim().begin(), shape.dim().end()}; }

/// Adds an input unless it is there already; one without extents gives way to one that has them, as
/// Caffe ignores it.
void declare(std::vector<DeclaredInput>& inputs, DeclaredInput input) {
  const auto same = std::find_if(inputs.begin(), inputs.end(), [&](const DeclaredInput& other) {
    return other.label.name == input.label.name;
  });
  if (same == inputs.end())
    inputs.push_back(std::move(input));
  else if (same->dims.empty())
    *same = std::move(input);
  else if (!input.dims.empty() && input.dims != same->dims)
    throw ModelError(fmt::format("its input '{}' is declared twice, with {} and {}",
                                 input.label.name, text(same->dims), text(input.dims)));
}

/// All inputs: the net's own fields and Input layers.
std::vector<DeclaredInput> declared_inputs(const CaffeFile& file) {
  std::vector<DeclaredInput> inputs;
  for (int i = 0; i < file.net.input_size(); ++i) {
    DeclaredInput input{{file.net.input(i), {}}, {}};
    if (i < file.net.input_shape_size())
      input.dims = shape_dims(file.net.input_shape(i));
    else if (4 * i + 3 < file.net.input_dim_size())
      input.dims.assign(file.net.input_dim().begin() + 4 * i,
                        file.net.input_dim().begin() + 4 * i + 4);
    declare(inputs, std::move(input));
  }
  for (const CaffeLayer& layer : file.layers) {
    if (layer.proto.type() != "Input" || !takes_part(layer.proto)) continue;
    const auto& shapes = layer.proto.input_param().shape();
    for (int i = 0; i < layer.proto.top_size(); ++i) {
      DeclaredInput input{{layer.proto.top(i), {}}, {}};
      if (!shapes.empty()) input.dims = shape_dims(shapes[std::min(i, shapes.size() - 1)]);
      declare(inputs, std::move(input));
    }
  }
  if (inputs.empty())
    throw ModelError(
        "it declares no input, as training files do; the network's deploy prototxt would help");
  return inputs;
}

/// Walks over the layers of one net.
class CaffeWalk {
 public:
  CaffeWalk(const ModelFiles& files, const CaffeFile& file) : file_(file), import_(files) {}

  Model run() {
    const std::vector<DeclaredInput> inputs = declared_inputs(file_);
    import_.add_inputs(inputs);
    for (const DeclaredInput& input : inputs) note(input.label.name);
    for (const CaffeLayer& layer : file_.layers)
      if (takes_part(layer.proto) && layer.proto.type() != "Input") visit(layer);
    name_blobs();
    return import_.finish();
  }

 private:
  void note(const std::string& blob);
  void visit(const CaffeLayer& layer);
  void import_layer(const CaffeLayer& layer);
  void name_blobs();
  std::set<std::string> unread_blobs() const;

  const CaffeFile& file_;
  CaffeImport import_;
  std::vector<std::string> blobs_;  ///< that were values, in the order of their first appearance
};

void CaffeWalk::note(const std::string& blob) {
  if (import_.is_value(blob) && std::find(blobs_.begin(), blobs_.end(), blob) == blobs_.end())
    blobs_.push_back(blob);
}

void CaffeWalk::import_layer(const CaffeLayer& layer) {
  const CaffeHandler handler = find_caffe_handler(layer.proto.type());
  if (layer.proto.top_size() == 0) throw Refusal("it has no top");
  if (!layer.unknown.empty())
    throw Refusal((layer.unknown.size() > 1 ? "fields " : "field ") +
                  quoted_list(layer.unknown, "and") +
                  (layer.unknown.size() > 1 ? " are not understood" : " is not understood"));
  import_.set(layer.proto.top(0), handler(import_, layer));
}

void CaffeWalk::visit(const CaffeLayer& layer) {
  const caffe::LayerParameter& proto = layer.proto;
  const FileNode node{label(layer).name,
                      proto.type(),
                      {proto.bottom().begin(), proto.bottom().end()},
                      {proto.top().begin(), proto.top().end()},
                      is_window(proto.type())};
  import_.add_node(node, [&] { import_layer(layer); });
  for (const std::string& top : proto.top()) note(top);
}

/// The net's outputs: blobs that no layer reads after they were written.
std::set<std::string> CaffeWalk::unread_blobs() const {
  std::set<std::string> unread(blobs_.begin(), blobs_.end());
  for (const CaffeLayer& layer : file_.layers) {
    if (!takes_part(layer.proto)) continue;
    for (const std::string& bottom : layer.proto.bottom()) unread.erase(bottom);
    for (const std::string& top : layer.proto.top()) unread.insert(top);
  }
  return unread;
}

/// A blob has the value of its last writer.
void CaffeWalk::name_blobs() {
  const std::set<std::string> unread = unread_blobs();
  for (const std::string& blob : blobs_) {
    if (unread.contains(blob)) import_.add_output(blob);
    if (import_.is_value(blob)) import_.builder.alias(import_.value(blob), {"", {blob}});
  }
  import_.builder.commit();
}

}  // namespace

Model import_caffe(const ModelFiles& files) {
  if (files.weights.empty() && !files.theory)
    throw ConfigError("'" + files.model + "' needs its weights: --weights FILE.caffemodel.");
  const CaffeFile file = read_caffe(files.model, files.weights);
  Model model = CaffeWalk(files, file).run();
  if (!files.weights.empty()) model.weights_sha256 = core::sha256_of_files({files.weights});
  return model;
}

}  // namespace rfmap::importing
