#pragma once

#include <cstdint>
#include <string>
#include <utility>
#include <vector>

#include <caffe.pb.h>
#include <gtest/gtest.h>

#include "model_onnx.h"

/// Small Caffe networks made in the test.
namespace rfmap::test {

inline constexpr const char* kCaffeInput =
    "layer { name: 'in' type: 'Input' top: 'data'"
    "        input_param { shape { dim: 1 dim: 2 dim: 7 dim: 6 } } }\n";

/// One layer on "data" with top "y".
inline std::string caffe_layer(const std::string& type, const std::string& settings = "") {
  return "layer { name: 'l' type: '" + type + "' bottom: 'data' top: 'y' " + settings + " }\n";
}

/// A network as text, and the blobs of its layers.
class CaffeMaker {
 public:
  explicit CaffeMaker(std::string text) : text_(std::move(text)) {
    weights.add_layer()->set_name("unused");
  }
  CaffeMaker& blob(const std::string& layer, const Ints& dims, const std::vector<float>& values) {
    if (weights.layer(weights.layer_size() - 1).name() != layer)
      weights.add_layer()->set_name(layer);
    auto* blob = weights.mutable_layer(weights.layer_size() - 1)->add_blobs();
    for (const std::int64_t d : dims) blob->mutable_shape()->add_dim(d);
    for (const float v : values) blob->add_data(v);
    return *this;
  }
  ModelFiles write(const TemporaryFolder& folder) const {
    return {folder.write("net.prototxt", text_),
            folder.write("net.caffemodel", weights.SerializeAsString()),
            {}};
  }
  Model read(Size input_size = {}) const {
    const TemporaryFolder folder;
    ModelFiles files = write(folder);
    files.input_size = input_size;
    return read_model(files);
  }
  Model read_for_theory() const {
    const TemporaryFolder folder;
    ModelFiles files = write(folder);
    files.theory = true;
    return read_model(files);
  }
  std::string error() const {
    return error_of(kExitData, [&] { read(); });
  }
  /// The reason why the only lost node is lost.
  std::string reason() const {
    const Model model = CaffeMaker(*this).read_with_relu();
    EXPECT_EQ(model.unsupported.size(), 1u);
    return model.unsupported.empty() ? "" : model.unsupported[0].reason;
  }

  caffe::NetParameter weights;

 private:
  Model read_with_relu() {
    text_ += "layer { name: 'r' type: 'ReLU' bottom: 'data' top: 'r' }\n";
    return read();
  }
  std::string text_;
};

inline Model read_caffe_layer(const std::string& type, const std::string& settings = "") {
  return CaffeMaker(kCaffeInput + caffe_layer(type, settings)).read();
}

}  // namespace rfmap::test
