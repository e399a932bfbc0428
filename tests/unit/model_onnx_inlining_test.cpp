#include <string>
#include <vector>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "model_onnx.h"

// Nodes that others take the place of: functions' calls, If, Loop, quantised operations.
namespace rfmap::test {
namespace {

using testing::Contains;
using testing::ElementsAre;
using testing::FloatEq;
using testing::HasSubstr;
using testing::IsEmpty;

void add_node(google::protobuf::RepeatedPtrField<onnx::NodeProto>& nodes, const std::string& op,
              const Names& inputs, const std::string& output, const std::string& name = "") {
  onnx::NodeProto& node = *nodes.Add();
  node.set_op_type(op);
  node.set_name(name);
  for (const std::string& input : inputs) node.add_input(input);
  node.add_output(output);
}

/// The function "block" of the domain "my.fn": o = Relu(Conv(a, k)).
void add_block(OnnxMaker& maker) {
  onnx::FunctionProto& function = *maker.model.add_functions();
  function.set_domain("my.fn");
  function.set_name("block");
  function.add_input("a");
  function.add_input("k");
  function.add_output("o");
  add_node(*function.mutable_node(), "Conv", {"a", "k"}, "b");
  add_node(*function.mutable_node(), "Relu", {"b"}, "o", "act");
}

TEST(OnnxInlining, NamesTheNodesOfAFunctionBelowItsCall) {
  OnnxMaker maker;
  add_block(maker);
  maker.weights("w", {4, 4, 1, 1});
  maker.node("block", {"x", "w"}, {"h"}, "first").proto->set_domain("my.fn");
  maker.node("block", {"h", "w"}, {"y"}, "second").proto->set_domain("my.fn");
  maker.output("y");
  const Model model = maker.read();
  EXPECT_THAT(model.unsupported, IsEmpty());
  ASSERT_EQ(model.graph.nodes.size(), 5u);
  EXPECT_EQ(model.graph.nodes[1].name, "first/b");
  const Node& act = model.graph.nodes[2];
  EXPECT_EQ(act.name, "first/act");
  EXPECT_THAT(act.aliases, Contains("first"));
  EXPECT_THAT(act.tensors, ElementsAre("first/o", "h"));
  EXPECT_EQ(model.graph.nodes[4].name, "second/act");
  EXPECT_THAT(model.graph.outputs, ElementsAre(4));
}

TEST(OnnxInlining, LosesWithACallOnlyWhatCannotBeRead) {
  OnnxMaker maker;
  add_block(maker);
  onnx::FunctionProto& function = *maker.model.mutable_functions(0);
  add_node(*function.mutable_node(), "Frobnicate", {"b"}, "p", "odd");
  function.add_output("p");
  maker.weights("w", {4, 4, 1, 1});
  maker.node("block", {"x", "w"}, {"h", "q"}, "call").proto->set_domain("my.fn");
  maker.output("q");
  const Model model = maker.read();
  ASSERT_EQ(model.unsupported.size(), 1u);
  EXPECT_EQ(model.unsupported[0].node, "call/odd");
  EXPECT_NE(find_node(model.graph, "call/act"), nullptr);
}

/// An If on the tensor "c" between Relu "yes" (tensor "t") and Sigmoid "no" of x.
void add_if(OnnxMaker& maker) {
  NodeMaker node = maker.node("If", {"c"}, {"y"}, "choice");
  for (const auto& [branch, op, name] :
       {std::tuple{"then_branch", "Relu", "yes"}, std::tuple{"else_branch", "Sigmoid", "no"}}) {
    onnx::GraphProto& graph = *node.add(branch, onnx::AttributeProto::GRAPH)->mutable_g();
    add_node(*graph.mutable_node(), op, {"x"}, "t", name);
    graph.add_output()->set_name("t");
  }
  maker.output("y");
}

TEST(OnnxInlining, TakesTheBranchThatTheShapeChooses) {
  for (const std::int64_t channels : {4, 7}) {
    OnnxMaker maker;
    maker.integers("one", {}, {1});
    maker.integers("n", {}, {channels});
    maker.node("Shape", {"x"}, {"s"});
    maker.node("Gather", {"s", "one"}, {"d"});
    maker.node("Equal", {"d", "n"}, {"c"});
    add_if(maker);
    const Model model = maker.read();
    ASSERT_EQ(model.graph.nodes.size(), 2u);
    EXPECT_EQ(model.graph.nodes[1].name, channels == 4 ? "yes" : "no");
    EXPECT_THAT(model.graph.nodes[1].aliases, Contains("choice"));
    EXPECT_THAT(model.graph.nodes[1].tensors, ElementsAre("t", "y"));
  }
}

TEST(OnnxInlining, RefusesAConditionThatIsNotConstant) {
  OnnxMaker maker;
  maker.node("Relu", {"x"}, {"c"});
  add_if(maker);
  const Model model = maker.read();
  ASSERT_EQ(model.unsupported.size(), 1u);
  EXPECT_EQ(model.unsupported[0].node, "choice");
  EXPECT_THAT(model.unsupported[0].reason, HasSubstr("depends on the image"));
  EXPECT_EQ(model.graph.nodes.size(), 2u);
}

/// A Loop of `rounds` over Relu "act"; the condition stays as it is.
OnnxMaker looping(std::int64_t rounds) {
  OnnxMaker maker;
  maker.integers("n", {}, {rounds});
  NodeMaker node = maker.node("Loop", {"n", "", "x"}, {"y"}, "loop");
  onnx::GraphProto& body = *node.add("body", onnx::AttributeProto::GRAPH)->mutable_g();
  for (const char* input : {"i", "go", "v"}) body.add_input()->set_name(input);
  add_node(*body.mutable_node(), "Relu", {"v"}, "o", "act");
  add_node(*body.mutable_node(), "Identity", {"go"}, "on");
  for (const char* output : {"on", "o"}) body.add_output()->set_name(output);
  maker.output("y");
  return maker;
}

TEST(OnnxInlining, UnrollsALoop) {
  const Model model = looping(3).read();
  ASSERT_EQ(model.graph.nodes.size(), 4u);
  EXPECT_EQ(model.graph.nodes[1].name, "loop/0/act");
  EXPECT_EQ(model.graph.nodes[3].name, "loop/2/act");
  EXPECT_EQ(model.graph.nodes[3].inputs, std::vector<int>{2});
  EXPECT_THAT(model.graph.nodes[3].aliases, Contains("loop"));
  EXPECT_THAT(model.graph.outputs, ElementsAre(3));
}

TEST(OnnxInlining, LeavesNoTraceOfALoopThatIsTooLong) {
  const Model model = [] {
    OnnxMaker maker = looping(2000);
    maker.node("Sigmoid", {"x"}, {"z"});
    return maker.read();
  }();
  ASSERT_EQ(model.graph.nodes.size(), 2u);
  EXPECT_EQ(model.graph.nodes[1].name, "z");
  EXPECT_THAT(model.unsupported.at(0).reason, HasSubstr("1000 rounds"));
}

void bytes(OnnxMaker& maker, const std::string& name, const Ints& dims, const Ints& values,
           int type = onnx::TensorProto::UINT8) {
  onnx::TensorProto& tensor = *maker.graph().add_initializer();
  tensor.set_name(name);
  tensor.set_data_type(type);
  set_dims(tensor, dims);
  for (const std::int64_t v : values) tensor.add_int32_data(int(v));
}

/// x -> QuantizeLinear "q" (scale 0.5, zero point 10).
OnnxMaker quantised() {
  OnnxMaker maker({1, 1, 4, 4});
  maker.weights("s", {}, {0.5f});
  bytes(maker, "z", {}, {10});
  maker.node("QuantizeLinear", {"x", "s", "z"}, {"xq"}, "q");
  return maker;
}

TEST(OnnxQuantised, SaturatesButDoesNotRound) {
  OnnxMaker maker = quantised();
  maker.node("DequantizeLinear", {"xq", "s", "z"}, {"y"}, "d");
  const Model model = maker.read();
  ASSERT_EQ(model.graph.nodes.size(), 2u);
  const auto& clip = last_op<Activation>(model);
  EXPECT_EQ(clip.kind, Activation::Kind::clip);
  EXPECT_FLOAT_EQ(clip.alpha, -5);     // (0 - 10) / 2
  EXPECT_FLOAT_EQ(clip.beta, 122.5f);  // (255 - 10) / 2
  EXPECT_THAT(model.graph.nodes[1].aliases, Contains("d"));
  EXPECT_THAT(model.graph.nodes[1].tensors, ElementsAre("xq", "y"));
}

TEST(OnnxQuantised, ConvolutionHasItsRealWeights) {
  OnnxMaker maker = quantised();
  bytes(maker, "w", {2, 1, 1, 1}, {-3, 7}, onnx::TensorProto::INT8);
  maker.weights("ws", {2}, {0.25f, 2});
  bytes(maker, "wz", {2}, {1, -1}, onnx::TensorProto::INT8);
  bytes(maker, "b", {2}, {8, -5}, onnx::TensorProto::INT32);
  maker.node("QLinearConv", {"xq", "s", "z", "w", "ws", "wz", "s", "z", "b"}, {"yq"}, "conv");
  const Model model = maker.read();
  ASSERT_EQ(model.graph.nodes.size(), 4u);
  EXPECT_EQ(model.graph.nodes[2].name, "conv");
  const auto& conv = std::get<Conv>(model.graph.nodes[2].op);
  EXPECT_THAT(*conv.weights, ElementsAre(FloatEq(-1), FloatEq(16)));  // (-3 - 1) / 4, (7 + 1) * 2
  EXPECT_THAT(*conv.bias, ElementsAre(FloatEq(1), FloatEq(-5)));      // 8 * 0.5 / 4, -5 * 0.5 * 2
  EXPECT_EQ(model.graph.nodes[3].name, "conv/clip");
  EXPECT_THAT(model.graph.nodes[3].tensors, ElementsAre("yq"));
}

TEST(OnnxQuantised, DynamicScalesAreOne) {
  OnnxMaker maker({1, 1, 4, 4});
  maker.node("DynamicQuantizeLinear", {"x"}, {"xq", "xs", "xz"});
  bytes(maker, "w", {1, 1, 1, 1}, {6});
  bytes(maker, "wz", {}, {2});
  maker.node("ConvInteger", {"xq", "w", "xz", "wz"}, {"n"}, "conv");
  maker.node("Cast", {"n"}, {"f"}).integer("to", onnx::TensorProto::FLOAT);
  maker.weights("ws", {1}, {0.5f});
  maker.node("Mul", {"xs", "ws"}, {"s"});
  maker.node("Mul", {"f", "s"}, {"y"}, "scaled");
  const Model model = maker.read();
  ASSERT_EQ(model.graph.nodes.size(), 2u);  // the scale is folded into the weights
  EXPECT_THAT(*last_op<Conv>(model).weights, ElementsAre(2));  // (6 - 2) * 0.5
}

TEST(OnnxQuantised, RefusesWhatReadsTheNumbersThemselves) {
  const auto reason = [](const std::string& op, const Names& inputs) {
    OnnxMaker maker = quantised();
    maker.weights("other", {}, {0.25f});
    bytes(maker, "zero", {}, {0});
    maker.node(op, inputs, {"y"});
    const Model model = maker.read();
    return model.unsupported.empty() ? "" : model.unsupported[0].reason;
  };
  EXPECT_THAT(reason("Add", {"xq", "xq"}), HasSubstr("8-bit numbers"));
  EXPECT_THAT(reason("DequantizeLinear", {"xq", "s", "zero"}), HasSubstr("another zero point"));
  EXPECT_THAT(reason("QLinearSigmoid", {"xq", "other", "z", "s", "z"}),
              HasSubstr("another scale or zero point"));
}

}  // namespace
}  // namespace rfmap::test
