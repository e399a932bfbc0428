// Names of modules, as PyTorch's and Keras' exporters leave them, and answers in part.
#include <string>
#include <utility>
#include <vector>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "rfmap/log.h"

#include "model_onnx.h"

namespace rfmap::test {
namespace {

using testing::AllOf;
using testing::ElementsAre;
using testing::HasSubstr;
using testing::IsEmpty;
using testing::Not;

/// "name: node that is read (node that is meant)"
Names chosen(const Model& model, const Names& patterns, bool before_activation = false) {
  Names result;
  for (const Layer& layer : select_layers(model, patterns, read_at(before_activation)))
    result.push_back(layer.name + ": " + model.graph.nodes[layer.node].name + " (" +
                     model.graph.nodes[layer.meant()].name + ")");
  return result;
}

Names shown(const Model& model) {
  Names names;
  for (const Node& node : model.graph.nodes) names.push_back(node.shown());
  return names;
}

/// A residual block as PyTorch's legacy exporter names it.
OnnxMaker legacy() {
  OnnxMaker maker({1, 1, 16, 16});
  maker.weights("onnx::Conv_1", {1, 1, 3, 3});
  const auto conv = [&](const char* in, const char* out, const char* name) {
    maker.node("Conv", {in, "onnx::Conv_1"}, {out}, name).ints("pads", {1, 1, 1, 1});
  };
  conv("x", "a", "/conv1/Conv");
  maker.node("Relu", {"a"}, {"b"}, "/relu/Relu");
  maker.node("MaxPool", {"b"}, {"c"}, "/MaxPool").ints("kernel_shape", {2, 2});
  conv("c", "d", "/layer1/layer1.0/conv1/Conv");
  maker.node("Relu", {"d"}, {"e"}, "/layer1/layer1.0/relu/Relu");
  conv("e", "f", "/layer1/layer1.0/conv2/Conv");
  maker.node("Add", {"f", "c"}, {"g"}, "/layer1/layer1.0/Add");
  maker.node("Relu", {"g"}, {"h"}, "/layer1/layer1.0/relu_1/Relu");
  return maker;
}

TEST(Paths, AreTheModulesOfTheLegacyExporter) {
  const Model model = legacy().read();
  EXPECT_THAT(shown(model),
              ElementsAre("x", "conv1", "relu", "/MaxPool", "layer1.0.conv1", "layer1.0.relu",
                          "layer1.0.conv2", "layer1.0.Add", "layer1.0.relu_1"));
  EXPECT_THAT(chosen(model, {"layer1.0.conv1"}),
              ElementsAre("layer1.0.conv1: /layer1/layer1.0/relu/Relu "
                          "(/layer1/layer1.0/conv1/Conv)"));
  EXPECT_THAT(chosen(model, {"/layer1/layer1.0/conv1/Conv"}),
              ElementsAre("/layer1/layer1.0/conv1/Conv: /layer1/layer1.0/relu/Relu "
                          "(/layer1/layer1.0/conv1/Conv)"));
  EXPECT_THAT(chosen(model, {}),
              ElementsAre("conv1: /relu/Relu (/conv1/Conv)", "/MaxPool: /MaxPool (/MaxPool)",
                          "layer1.0.conv1: /layer1/layer1.0/relu/Relu "
                          "(/layer1/layer1.0/conv1/Conv)",
                          "layer1.0.conv2: /layer1/layer1.0/conv2/Conv "
                          "(/layer1/layer1.0/conv2/Conv)"));
}

TEST(Paths, OfAModuleMeanItsLastOutput) {
  const Model model = legacy().read();
  const std::string last = "/layer1/layer1.0/relu_1/Relu (/layer1/layer1.0/relu_1/Relu)";
  EXPECT_THAT(chosen(model, {"layer1"}), ElementsAre("layer1: " + last));
  EXPECT_THAT(chosen(model, {"layer1.0"}), ElementsAre("layer1.0: " + last));
  EXPECT_THAT(chosen(model, {"layer?"}), ElementsAre("layer1: " + last));
}

TEST(Paths, AreMatchedByGlobs) {
  Names names;
  for (const Layer& layer : select_layers(legacy().read(), {"layer1*"}))
    names.push_back(layer.name);
  EXPECT_THAT(names,
              ElementsAre("layer1.0.conv1", "layer1.0.conv2", "layer1.0.Add", "layer1.0.relu_1"));
}

TEST(Paths, SuggestThoseThatShareParts) {
  const Model model = legacy().read();
  EXPECT_THAT(error_of(kExitUsage, [&] { select_layers(model, {"layer1.0.bn1"}); }),
              AllOf(HasSubstr("'layer1.0.conv1'"), Not(HasSubstr("'conv1'"))));
}

TEST(Paths, AreThoseOfWeights) {
  OnnxMaker maker({1, 1, 8, 8});
  maker.weights("features.0.weight", {1, 1, 3, 3});
  maker.node("Conv", {"x", "features.0.weight"}, {"7"}, "Conv_0");
  maker.node("Relu", {"7"}, {"8"}, "Relu_1");
  EXPECT_THAT(chosen(maker.read(), {}), ElementsAre("features.0: Relu_1 (Conv_0)"));
  EXPECT_THAT(chosen(maker.read(), {"features"}), ElementsAre("features: Conv_0 (Conv_0)"));
}

/// As ONNX 1.16 and later store it; the schema at hand may be older.
void set_scopes(const NodeMaker& node, const std::string& scopes) {
  onnx::StringStringEntryProto entry;
  entry.set_key("pkg.torch.onnx.name_scopes");
  entry.set_value(scopes);
  const std::string bytes = entry.SerializeAsString();
  ASSERT_LT(bytes.size(), 128u);
  *node.proto->mutable_unknown_fields() += "\x4a" + std::string(1, char(bytes.size())) + bytes;
}

TEST(Paths, AreTheScopesOfTheDynamoExporter) {
  OnnxMaker maker({1, 1, 8, 8});
  maker.weights("layer1.0.conv1.weight", {1, 1, 3, 3});
  set_scopes(maker.node("Conv", {"x", "layer1.0.conv1.weight"}, {"getitem"}, "node_Conv_1"),
             "['', 'layer1', 'layer1.0', 'layer1.0.bn1', '_native_batch_norm_legit_no_training']");
  set_scopes(maker.node("Relu", {"getitem"}, {"relu"}, "node_relu"),
             "['', 'layer1', 'layer1.0', 'layer1.0.relu', 'relu']");
  set_scopes(maker.node("Add", {"relu", "getitem"}, {"add"}, "node_add"),
             "['', 'layer1', 'layer1.0', 'add']");
  set_scopes(maker.node("Relu", {"add"}, {"relu_1"}, "node_relu_1"),
             "['', 'layer1', 'layer1.0', 'layer1.0.relu', 'relu_1']");
  const Model model = maker.read();
  EXPECT_THAT(shown(model), ElementsAre("x", "layer1.0.conv1", "layer1.0.relu.relu", "layer1.0.add",
                                        "layer1.0.relu"));
  EXPECT_THAT(chosen(model, {"layer1"}), ElementsAre("layer1: node_relu_1 (node_relu_1)"));
}

TEST(Paths, AreTheLayersOfKeras) {
  OnnxMaker maker({1, 1, 8, 8});
  maker.model.set_producer_name("tf2onnx");
  maker.weights("vgg16_1/block1_conv2_1/convolution/ReadVariableOp:0", {1, 1, 3, 3});
  const char* weights = "vgg16_1/block1_conv2_1/convolution/ReadVariableOp:0";
  maker.node("Conv", {"x", weights}, {"a:0"}, "vgg16_1/block1_conv1_1/BiasAdd");
  maker.node("Relu", {"a:0"}, {"b:0"}, "vgg16_1/block1_conv1_1/Relu");
  maker.node("Conv", {"b:0", weights}, {"c:0"}, "Conv__12");
  maker.node("MaxPool", {"c:0"}, {"d:0"}, "vgg16_1/block1_pool_1/MaxPool2d")
      .ints("kernel_shape", {2, 2});
  const Model model = maker.read();
  const std::string relu = "vgg16_1/block1_conv1_1/Relu", conv = "vgg16_1/block1_conv1_1/BiasAdd";
  EXPECT_THAT(shown(model),
              ElementsAre("x", "block1_conv1", "block1_conv1.Relu", "block1_conv2", "block1_pool"));
  EXPECT_THAT(chosen(model, {"block1_conv1"}),
              ElementsAre("block1_conv1: " + relu + " (" + conv + ")"));
  EXPECT_THAT(chosen(model, {"block1_conv1"}, true),
              ElementsAre("block1_conv1: " + conv + " (" + conv + ")"));
}

TEST(Paths, KeepNumbersThatKerasLayersHaveThemselves) {
  OnnxMaker maker({1, 1, 8, 8});
  maker.model.set_producer_name("tf2onnx");
  maker.weights("w", {1, 1, 3, 3});
  maker.node("Conv", {"x", "w"}, {"a:0"}, "model_1/conv2d_1/Conv2D");
  maker.node("Conv", {"a:0", "w"}, {"b:0"}, "model_1/conv2d_2/Conv2D");
  EXPECT_THAT(shown(maker.read()), ElementsAre("x", "conv2d_1", "conv2d_2"));
}

TEST(Paths, OfASiluModuleMeanTheConvolution) {
  OnnxMaker maker({1, 1, 8, 8});
  maker.weights("model.0.conv.weight", {1, 1, 3, 3});
  maker.node("Conv", {"x", "model.0.conv.weight"}, {"c"}, "/model.0/conv/Conv");
  maker.node("Sigmoid", {"c"}, {"s"}, "/model.0/act/Sigmoid");
  maker.node("Mul", {"c", "s"}, {"y"}, "/model.0/act/Mul");
  const Model model = maker.read();
  for (const char* name : {"model.0", "model.0.conv"})
    EXPECT_THAT(chosen(model, {name}),
                ElementsAre(std::string(name) + ": /model.0/act/Mul (/model.0/conv/Conv)"));
}

TEST(Paths, AreMissingWhereTheFileHasNone) {
  OnnxMaker maker({1, 1, 8, 8});
  maker.weights("conv1.w", {1, 1, 3, 3});
  maker.node("Conv", {"x", "conv1.w"}, {"c"}, "block/conv1");
  maker.node("Relu", {"c"}, {"r"});
  EXPECT_THAT(shown(maker.read()), ElementsAre("x", "block/conv1", "r"));
  for (const Node& node : maker.read().graph.nodes) EXPECT_THAT(node.path, IsEmpty());
}

/// Collects warnings while it lives.
class Warnings {
 public:
  Warnings() {
    log::set_sink([this](log::Level level, const std::string& text) {
      if (level == log::Level::warning) texts.push_back(text);
    });
  }
  ~Warnings() { log::set_sink({}); }
  Names texts;
};

/// conv1, conv3 | conv1 -> odd -> conv2
OnnxMaker partial() {
  OnnxMaker maker({1, 1, 16, 16});
  maker.weights("w", {1, 1, 3, 3});
  maker.node("Conv", {"x", "w"}, {"c1"}, "conv1");
  maker.node("Hardmax", {"c1"}, {"o"}, "odd");
  maker.node("Conv", {"o", "w"}, {"c2"}, "conv2");
  maker.node("Conv", {"x", "w"}, {"c3"}, "conv3");
  return maker;
}

TEST(PartialAnswer, MeasuresByDefaultWhatItCanAndNamesTheRest) {
  const Model model = partial().read();
  const Warnings warnings;
  EXPECT_THAT(chosen(model, {}), ElementsAre("conv1: conv1 (conv1)", "conv3: conv3 (conv3)"));
  EXPECT_THAT(warnings.texts, ElementsAre(AllOf(HasSubstr("'conv2'"), HasSubstr("'odd' (Hardmax)"),
                                                HasSubstr("onnxsim"))));
}

TEST(PartialAnswer, NamesTheDeepestLayersBefore) {
  const Model model = partial().read();
  EXPECT_THAT(error_of(kExitData, [&] { select_layers(model, {"conv2"}); }),
              AllOf(HasSubstr("before it: 'conv1'"), Not(HasSubstr("'conv3'"))));
}

TEST(PartialAnswer, OfAllLeavesOutInputsAndWhatNothingReads) {
  OnnxMaker maker({1, 1, 8, 8});
  maker.input("im_info", {1, 3});
  maker.weights("w", {1, 1, 3, 3});
  maker.node("Conv", {"x", "w"}, {"c"}, "conv");
  maker.node("Hardmax", {"im_info"}, {"i"}, "info");
  const Model model = maker.read();
  EXPECT_THAT(error_of(kExitData, [&] { select_layers(model, {"all"}); }), HasSubstr("im_info"));
  maker.graph().mutable_node()->RemoveLast();
  maker.node("Hardmax", {"c"}, {"e"}, "end");
  const Model unread = maker.read();
  const Warnings warnings;
  EXPECT_THAT(chosen(unread, {"all"}), ElementsAre("conv: conv (conv)"));
  EXPECT_THAT(warnings.texts, ElementsAre(HasSubstr("'end'")));
}

}  // namespace
}  // namespace rfmap::test
