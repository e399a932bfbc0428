#include <algorithm>
#include <set>
#include <utility>

#include "core/sha256.h"
#include "model/caffe/import.h"
#include "model/importers.h"
#include "model/input.h"
#include "model/losses.h"
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
  const auto found = values_.find(layer.proto.bottom(i));
  if (found == values_.end())
    throw Damaged("it reads blob '" + layer.proto.bottom(i) + "', which nothing makes");
  return found->second;
}

const Value& CaffeImport::only_bottom(const CaffeLayer& layer) const {
  if (layer.proto.bottom_size() > 1)
    throw Refusal("more than one bottom is not supported (" +
                  std::to_string(layer.proto.bottom_size()) + " given)");
  return bottom(layer, 0);
}

Floats CaffeImport::weights(const CaffeLayer& layer, int i, std::int64_t count) const {
  if (i >= int(layer.blobs.size()))
    throw Damaged(std::string("it has ") + (i > 0 ? "too few" : "no") + " weights in '" +
                  files_.weights + "', which may belong to another network");
  if (std::int64_t(layer.blobs[i].size()) != count)
    throw ModelError("it needs " + std::to_string(count) + " numbers in its blob " +
                     std::to_string(i) + ", and '" + files_.weights + "' holds " +
                     std::to_string(layer.blobs[i].size()));
  return layer.blobs[i].floats;
}

void CaffeImport::set(const std::string& blob, Value value) {
  if (std::find(blobs_.begin(), blobs_.end(), blob) == blobs_.end()) blobs_.push_back(blob);
  values_[blob] = std::move(value);
}

namespace {

CaffeHandler find_handler(const std::string& type) {
  for (const CaffeHandlers* table :
       {&caffe_arithmetic_handlers(), &caffe_shape_handlers(), &caffe_window_handlers()})
    if (const auto found = table->find(type); found != table->end()) return found->second;
  return nullptr;
}

/// Layers that provide training data or compute losses and do not affect the network's values.
bool is_dropped(const std::string& type) {
  static const std::set<std::string> types{
      "Data",          "ImageData",  "HDF5Data", "MemoryData", "WindowData",     "DummyData",
      "AnnotatedData", "HDF5Output", "Accuracy", "Silence",    "SoftmaxWithLoss"};
  return types.contains(type) || type.ends_with("Loss");
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

/// All inputs: the net's own fields and Input layers.
std::vector<DeclaredInput> declared_inputs(const CaffeFile& file) {
  std::vector<DeclaredInput> inputs;
  for (int i = 0; i < file.net.input_size(); ++i) {
    DeclaredInput input{file.net.input(i), {}};
    if (i < file.net.input_shape_size())
      input.dims = shape_dims(file.net.input_shape(i));
    else if (4 * i + 3 < file.net.input_dim_size())
      input.dims.assign(file.net.input_dim().begin() + 4 * i,
                        file.net.input_dim().begin() + 4 * i + 4);
    inputs.push_back(std::move(input));
  }
  for (const CaffeLayer& layer : file.layers) {
    if (layer.proto.type() != "Input" || !takes_part(layer.proto)) continue;
    const auto& shapes = layer.proto.input_param().shape();
    for (int i = 0; i < layer.proto.top_size(); ++i) {
      DeclaredInput input{layer.proto.top(i), {}};
      if (!shapes.empty()) input.dims = shape_dims(shapes[std::min(i, shapes.size() - 1)]);
      inputs.push_back(std::move(input));
    }
  }
  if (inputs.empty())
    throw ModelError(
        "it declares no input, as training files do; the network's deploy prototxt "
        "would help");
  return inputs;
}

/// Walks over the layers of one net.
class CaffeWalk {
 public:
  CaffeWalk(const ModelFiles& files, const CaffeFile& file) : file_(file), import_(files) {}

  Model run() {
    add_inputs();
    for (const CaffeLayer& layer : file_.layers)
      if (takes_part(layer.proto) && layer.proto.type() != "Input") visit(layer);
    name_blobs();
    add_outputs();
    Model model;
    model.graph = std::move(import_.builder.graph());
    model.unsupported = losses_.list();
    return model;
  }

 private:
  void add_inputs();
  void visit(const CaffeLayer& layer);
  void import_layer(const CaffeLayer& layer);
  void name_blobs();
  void add_outputs();

  const CaffeFile& file_;
  CaffeImport import_;
  Losses losses_;
};

void CaffeWalk::add_inputs() {
  const std::vector<DeclaredInput> inputs = declared_inputs(file_);
  const std::size_t image = choose_image(inputs);
  for (std::size_t i = 0; i < inputs.size(); ++i) {
    const std::string& name = inputs[i].name;
    if (i == image)
      import_.set(name,
                  import_.builder.add_input({name, {}}, input_dims(inputs[i], import_.files())));
    else
      losses_.lose({name, "Input", {}, {name}}, "a network with a second input is not supported",
                   {});
  }
}

void CaffeWalk::import_layer(const CaffeLayer& layer) {
  const CaffeHandler handler = find_handler(layer.proto.type());
  if (!handler) throw Refusal("the layer type is not supported");
  if (layer.proto.top_size() == 0) throw Refusal("it has no top");
  if (!layer.unknown.empty())
    throw Refusal((layer.unknown.size() > 1 ? "fields " : "field ") +
                  quoted_list(layer.unknown, "and") + (layer.unknown.size() > 1 ? " are" : " is") +
                  " not understood");
  handler(import_, layer);
  import_.builder.commit();
}

void CaffeWalk::visit(const CaffeLayer& layer) {
  const caffe::LayerParameter& proto = layer.proto;
  const LostNode lost{label(layer).name,
                      proto.type(),
                      {proto.bottom().begin(), proto.bottom().end()},
                      {proto.top().begin(), proto.top().end()},
                      proto.type() == "Convolution" || proto.type() == "Deconvolution" ||
                          proto.type() == "Pooling"};
  std::vector<std::string> reads;
  for (const std::string& bottom : proto.bottom())
    if (import_.is_value(bottom)) reads.push_back(import_.builder.name(import_.value(bottom)));
  const auto forget = [&] {
    for (const std::string& top : proto.top()) import_.forget(top);
  };
  if (losses_.pass_on(lost, reads)) return forget();
  const std::size_t size = import_.builder.size();
  const bool resized = import_.files().input_size != Size{};
  if (const auto reason = refusal(lost, resized, [&] { import_layer(layer); })) {
    import_.builder.roll_back(size);
    forget();
    losses_.lose(lost, *reason, reads);
  }
}

/// A blob has the value of its last writer.
void CaffeWalk::name_blobs() {
  for (const std::string& blob : import_.blobs())
    if (import_.is_value(blob) && import_.value(blob).dims.size() <= 4)
      import_.builder.alias(import_.value(blob), {"", {blob}});
  import_.builder.commit();
}

/// The net's outputs: blobs that no layer reads after they were written.
void CaffeWalk::add_outputs() {
  std::set<std::string> unread(import_.blobs().begin(), import_.blobs().end());
  for (const CaffeLayer& layer : file_.layers) {
    if (!takes_part(layer.proto)) continue;
    for (const std::string& bottom : layer.proto.bottom()) unread.erase(bottom);
    for (const std::string& top : layer.proto.top()) unread.insert(top);
  }
  for (const std::string& blob : import_.blobs())
    if (unread.contains(blob) && import_.is_value(blob) && import_.value(blob).dims.size() <= 4)
      import_.builder.graph().outputs.push_back(import_.value(blob).node);
}

}  // namespace

Model import_caffe(const ModelFiles& files) {
  if (files.weights.empty())
    throw ConfigError("'" + files.model + "' needs its weights: --weights FILE.caffemodel.");
  const CaffeFile file = read_caffe(files.model, files.weights);
  Model model = CaffeWalk(files, file).run();
  model.weights_sha256 = sha256_of_files({files.weights});
  return model;
}

}  // namespace rfmap::importing
