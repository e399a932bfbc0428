#include <string>
#include <utility>
#include <vector>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "model_onnx.h"

namespace rfmap::test {
namespace {

using testing::AllOf;
using testing::ElementsAre;
using testing::HasSubstr;
using testing::Not;
using testing::Pair;

/// name -> name of the node that is read
std::vector<std::pair<std::string, std::string>> selected(const Model& model, const Names& patterns,
                                                          bool before_activation = false) {
  std::vector<std::pair<std::string, std::string>> result;
  for (const Layer& layer : select_layers(model, patterns, read_at(before_activation)))
    result.emplace_back(layer.name, model.graph.nodes[layer.node].name);
  return result;
}

/// conv1 (+ bn1) relu1 pool1 | conv2 read by relu2 and by the sum | sum | global pool, fc + relu3
OnnxMaker network() {
  OnnxMaker maker({1, 1, 32, 32});
  maker.weights("w", {1, 1, 3, 3});
  maker.weights("m", {1, 1});
  for (const char* v : {"a", "b", "c", "d"}) maker.weights(v, {1});
  maker.node("Conv", {"x", "w"}, {"t1"}, "conv1");
  maker.node("BatchNormalization", {"t1", "a", "b", "c", "d"}, {"t2"}, "bn1");
  maker.node("Relu", {"t2"}, {"t3"}, "relu1");
  maker.node("MaxPool", {"t3"}, {"t4"}, "pool1")
      .ints("kernel_shape", {2, 2})
      .ints("strides", {2, 2});
  maker.node("Conv", {"t4", "w"}, {"t5"}, "conv2").ints("pads", {1, 1, 1, 1});
  maker.node("Relu", {"t5"}, {"t6"}, "relu2");
  maker.node("Add", {"t5", "t6"}, {"t7"}, "sum");
  maker.node("GlobalAveragePool", {"t7"}, {"t8"}, "gap");
  maker.node("Flatten", {"t8"}, {"t9"}, "flat");
  maker.node("MatMul", {"t9", "m"}, {"t10"}, "fc");
  maker.node("Relu", {"t10"}, {"t11"}, "relu3");
  return maker;
}

TEST(SelectLayers, ReadsAConvolutionAfterItsActivation) {
  const Model model = network().read();
  EXPECT_THAT(selected(model, {"conv1"}), ElementsAre(Pair("conv1", "relu1")));
  EXPECT_THAT(selected(model, {"conv1"}, true), ElementsAre(Pair("conv1", "conv1")));
  EXPECT_THAT(selected(model, {"fc"}), ElementsAre(Pair("fc", "relu3")));
  // Also read by the sum: its own value is the response.
  EXPECT_THAT(selected(model, {"conv2"}), ElementsAre(Pair("conv2", "conv2")));
  EXPECT_THAT(selected(model, {"pool1"}), ElementsAre(Pair("pool1", "pool1")));
}

TEST(SelectLayers, ReadsATensorAsItIs) {
  const Model model = network().read();
  EXPECT_THAT(selected(model, {"t2"}), ElementsAre(Pair("t2", "conv1")));
  EXPECT_THAT(selected(model, {"t3"}), ElementsAre(Pair("t3", "relu1")));
  EXPECT_THAT(selected(model, {"bn1"}), ElementsAre(Pair("bn1", "conv1")));
  EXPECT_THAT(selected(model, {"relu1"}), ElementsAre(Pair("relu1", "relu1")));
}

TEST(SelectLayers, TakesConvolutionsAndPoolingsByDefault) {
  EXPECT_THAT(selected(network().read(), {}),
              ElementsAre(Pair("conv1", "relu1"), Pair("pool1", "pool1"), Pair("conv2", "conv2")));
}

TEST(SelectLayers, LeavesOutByDefaultWhatSeesTheWholeInputEverywhere) {
  OnnxMaker maker({1, 1, 8, 8});
  maker.weights("w", {1, 1, 8, 8});
  maker.node("MaxPool", {"x"}, {"p"}, "pool").ints("kernel_shape", {2, 2});
  maker.node("Conv", {"x", "w"}, {"c"}, "whole");
  EXPECT_THAT(selected(maker.read(), {}), ElementsAre(Pair("pool", "pool")));
  OnnxMaker none({1, 1, 8, 8});
  none.node("Relu", {"x"}, {"r"});
  EXPECT_THAT(error_of(kExitUsage, [&] { select_layers(none.read(), {}); }), HasSubstr("--layers"));
}

TEST(SelectLayers, TakesEveryNodeForAll) {
  const Model model = network().read();
  const auto layers = selected(model, {"all"});
  EXPECT_EQ(layers.size(), model.graph.nodes.size() - 1);
  for (const auto& [name, node] : layers) EXPECT_EQ(name, node);
}

TEST(SelectLayers, TakesGlobsInGraphOrderAndOnce) {
  const Model model = network().read();
  EXPECT_THAT(selected(model, {"pool?", "conv[12]", "conv*"}),
              ElementsAre(Pair("conv1", "relu1"), Pair("pool1", "pool1"), Pair("conv2", "conv2")));
  EXPECT_THAT(selected(model, {"t1?"}), ElementsAre(Pair("t10", "fc"), Pair("t11", "relu3")));
}

TEST(SelectLayers, NamesTheNearest) {
  const Model model = network().read();
  EXPECT_THAT(error_of(kExitUsage, [&] { select_layers(model, {"conf1"}); }),
              AllOf(HasSubstr("'conf1'"), HasSubstr("'conv1'"), HasSubstr("'conv2'"),
                    Not(HasSubstr("'relu1'"))));
  EXPECT_THAT(error_of(kExitUsage, [&] { select_layers(model, {"odd*"}); }), HasSubstr("'odd*'"));
}

TEST(SelectLayers, SeesASigmoidGateAsAnActivation) {
  OnnxMaker maker({1, 1, 8, 8});
  maker.weights("w", {1, 1, 3, 3});
  maker.node("Conv", {"x", "w"}, {"c"}, "conv");
  maker.node("Sigmoid", {"c"}, {"s"}, "sigmoid");
  maker.node("Mul", {"c", "s"}, {"y"}, "silu");
  EXPECT_THAT(selected(maker.read(), {"conv"}), ElementsAre(Pair("conv", "silu")));
}

/// conv1 -> Hardmax "odd" -> conv2, and conv3 in parallel
Model broken(const std::string& operation) {
  OnnxMaker maker({1, 1, 16, 16});
  maker.weights("w", {1, 1, 3, 3});
  maker.node("Conv", {"x", "w"}, {"c1"}, "conv1");
  maker.node(operation, {"c1"}, {"o"}, "odd");
  maker.node("Conv", {"o", "w"}, {"c2"}, "conv2");
  maker.node("Conv", {"x", "w"}, {"c3"}, "conv3");
  return maker.read();
}

TEST(SelectLayers, FailsForWhatIsLostAndOnlyForThat) {
  const Model model = broken("Hardmax");
  EXPECT_THAT(selected(model, {"conv3"}), ElementsAre(Pair("conv3", "conv3")));
  EXPECT_THAT(selected(model, {"conv1"}), ElementsAre(Pair("conv1", "conv1")));
  for (const Names& patterns :
       {Names{"conv2"}, Names{"c2"}, Names{"conv*"}, Names{"all"}, Names{"odd"}})
    EXPECT_THAT(error_of(kExitData, [&] { select_layers(model, patterns); }),
                AllOf(HasSubstr("'odd'"), HasSubstr("Hardmax")));
}

TEST(SelectLayers, DoesNotReadBeforeAnActivationThatIsLost) {
  const Model model = broken("QuickGelu");
  EXPECT_THAT(error_of(kExitData, [&] { select_layers(model, {"conv1"}); }),
              AllOf(HasSubstr("QuickGelu"), HasSubstr("--before-activation")));
  EXPECT_THAT(selected(model, {"conv1"}, true), ElementsAre(Pair("conv1", "conv1")));
}

}  // namespace
}  // namespace rfmap::test
