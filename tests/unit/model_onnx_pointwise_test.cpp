// Functions of one number, choices and comparisons of ONNX files.
#include <cmath>
#include <string>
#include <variant>
#include <vector>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "model_onnx.h"

namespace rfmap::test {
namespace {

using testing::Each;
using testing::ElementsAre;
using testing::FloatEq;
using testing::HasSubstr;
using testing::IsEmpty;

using Kind = Activation::Kind;

Activation imported(const std::string& operation,
                    const std::vector<std::pair<std::string, float>>& numbers = {}) {
  OnnxMaker maker({1, 4, 9, 8}, 20);
  NodeMaker node = maker.node(operation, {"x"}, {"y"});
  for (const auto& [name, value] : numbers) node.real(name, value);
  return last_op<Activation>(maker.read());
}

TEST(OnnxPointwise, FunctionsHaveTheirDefaults) {
  const struct {
    const char* operation;
    Kind kind;
    float alpha, beta;
  } cases[] = {{"HardSigmoid", Kind::hard_sigmoid, 0.2f, 0.5f},
               {"Erf", Kind::erf, 0, 0},
               {"Gelu", Kind::gelu, 0, 0},
               {"Mish", Kind::mish, 0, 0},
               {"Swish", Kind::swish, 1, 0},
               {"Elu", Kind::elu, 1, 0},
               {"Selu", Kind::selu, 1.6732632f, 1.0507010f},
               {"Celu", Kind::celu, 1, 0},
               {"Softplus", Kind::softplus, 0, 0},
               {"Softsign", Kind::softsign, 0, 0},
               {"Exp", Kind::exponential, 0, 0},
               {"Log", Kind::logarithm, 0, 0},
               {"Sqrt", Kind::square_root, 0, 0},
               {"Reciprocal", Kind::reciprocal, 0, 0},
               {"Abs", Kind::absolute, 0, 0},
               {"Sign", Kind::sign, 0, 0},
               {"Sin", Kind::sine, 0, 0},
               {"Cos", Kind::cosine, 0, 0},
               {"Floor", Kind::floor, 0, 0},
               {"Ceil", Kind::ceiling, 0, 0},
               {"Round", Kind::round, 0, 0},
               {"ThresholdedRelu", Kind::thresholded_relu, 1, 0},
               {"Shrink", Kind::shrink, 0.5f, 0},
               {"Not", Kind::logical_not, 0, 0}};
  for (const auto& c : cases) {
    const Activation op = imported(c.operation);
    EXPECT_EQ(op.kind, c.kind) << c.operation;
    EXPECT_FLOAT_EQ(op.alpha, c.alpha) << c.operation;
    EXPECT_FLOAT_EQ(op.beta, c.beta) << c.operation;
  }
}

TEST(OnnxPointwise, FunctionsTakeTheirAttributes) {
  EXPECT_EQ(imported("HardSigmoid", {{"alpha", 0.25f}, {"beta", 0.375f}}).beta, 0.375f);
  EXPECT_EQ(imported("Selu", {{"alpha", 2}, {"gamma", 3}}).beta, 3);
  EXPECT_EQ(imported("Shrink", {{"lambd", 2}, {"bias", 3}}).alpha, 2);
  EXPECT_EQ(imported("Shrink", {{"lambd", 2}, {"bias", 3}}).beta, 3);
  OnnxMaker gelu({1, 4, 9, 8}, 20);
  gelu.node("Gelu", {"x"}, {"y"}).string("approximate", "tanh");
  EXPECT_EQ(last_op<Activation>(gelu.read()).kind, Kind::gelu_tanh);
}

TEST(OnnxPointwise, PowersWithAConstant) {
  OnnxMaker square;
  square.weights("two", {}, {2});
  square.node("Pow", {"x", "two"}, {"y"});
  EXPECT_EQ(last_op<Activation>(square.read()).kind, Kind::power);
  EXPECT_EQ(last_op<Activation>(square.read()).alpha, 2);
  OnnxMaker base;
  base.weights("two", {}, {2});
  base.node("Pow", {"two", "x"}, {"y"}, "p");
  const Model model = base.read();
  EXPECT_EQ(last_op<Activation>(model).kind, Kind::exponential);
  EXPECT_THAT(*std::get<Affine>(model.graph.nodes[1].op).scale, Each(FloatEq(std::log(2.f))));
  OnnxMaker negative;
  negative.weights("k", {}, {-2});
  negative.node("Pow", {"k", "x"}, {"y"}, "p");
  EXPECT_THAT(error_of(kExitData, [&] { negative.read(); }), HasSubstr("not above 0"));
}

TEST(OnnxPointwise, ExtremaWithANumberAreClips) {
  for (const bool above : {true, false}) {
    OnnxMaker maker;
    maker.weights("k", {1}, {6});
    maker.node(above ? "Max" : "Min", {"k", "x"}, {"y"});
    const Activation op = last_op<Activation>(maker.read());
    EXPECT_EQ(op.kind, Kind::clip);
    EXPECT_EQ(above ? op.alpha : op.beta, 6);
    EXPECT_EQ(above ? op.beta > 1e38f : op.alpha < -1e38f, true);
  }
}

TEST(OnnxPointwise, PairsKeepTheirOrder) {
  const struct {
    const char* operation;
    Elementwise::Kind kind;
  } cases[] = {{"Sub", Elementwise::Kind::difference},
               {"Div", Elementwise::Kind::quotient},
               {"Pow", Elementwise::Kind::power},
               {"Greater", Elementwise::Kind::greater},
               {"Less", Elementwise::Kind::less},
               {"GreaterOrEqual", Elementwise::Kind::greater_or_equal},
               {"LessOrEqual", Elementwise::Kind::less_or_equal},
               {"Equal", Elementwise::Kind::equal},
               {"Min", Elementwise::Kind::minimum},
               {"Max", Elementwise::Kind::maximum}};
  for (const auto& c : cases) {
    OnnxMaker maker;
    maker.node("Relu", {"x"}, {"r"});
    maker.node(c.operation, {"r", "x"}, {"y"});
    const Model model = maker.read();
    EXPECT_EQ(last_op<Elementwise>(model).kind, c.kind) << c.operation;
    EXPECT_THAT(model.graph.nodes.back().inputs, ElementsAre(1, 0)) << c.operation;
  }
}

TEST(OnnxPointwise, ComparisonsWithANumberKnowItsSide) {
  const struct {
    const char* operation;
    bool constant_first;
    Kind kind;
  } cases[] = {{"Greater", false, Kind::greater},
               {"Greater", true, Kind::less},
               {"Less", true, Kind::greater},
               {"GreaterOrEqual", true, Kind::less_or_equal},
               {"LessOrEqual", false, Kind::less_or_equal},
               {"Equal", true, Kind::equal}};
  for (const auto& c : cases) {
    OnnxMaker maker;
    maker.weights("k", {}, {0.25f});
    maker.node(c.operation, c.constant_first ? Names{"k", "x"} : Names{"x", "k"}, {"y"});
    const Activation op = last_op<Activation>(maker.read());
    EXPECT_EQ(op.kind, c.kind) << c.operation;
    EXPECT_EQ(op.alpha, 0.25f);
  }
}

TEST(OnnxPointwise, BroadcastsComputedValuesAlongAnyAxis) {
  OnnxMaker maker;
  for (const char* name : {"zero", "one", "axis1", "axis2"})
    maker.integers(name, {name == std::string("zero") ? 0 : name == std::string("axis2") ? 2 : 1});
  maker.node("Slice", {"x", "zero", "one", "axis1"}, {"channel"});
  maker.node("Slice", {"x", "zero", "one", "axis2"}, {"row"});
  maker.node("Div", {"channel", "row"}, {"y"});
  const Model model = maker.read();
  EXPECT_THAT(model.unsupported, IsEmpty());
  EXPECT_EQ(model.graph.nodes.back().shape, (Shape{4, 9, 8}));
}

TEST(OnnxPointwise, CastsOfConditionsAndFloatsChangeNothing) {
  OnnxMaker maker;
  maker.weights("k", {}, {0.25f});
  maker.node("Greater", {"x", "k"}, {"g"}, "greater");
  maker.node("Cast", {"g"}, {"i"}, "cast").integer("to", onnx::TensorProto::INT64);
  maker.node("Cast", {"i"}, {"y"}, "back").integer("to", onnx::TensorProto::FLOAT);
  const Model model = maker.read();
  ASSERT_EQ(model.graph.nodes.size(), 2u);
  EXPECT_THAT(model.graph.nodes[1].aliases, ElementsAre("cast", "back"));
  OnnxMaker truncated;
  truncated.node("Cast", {"x"}, {"y"}, "cast").integer("to", onnx::TensorProto::INT64);
  EXPECT_THAT(error_of(kExitData, [&] { truncated.read(); }), HasSubstr("cast to integers"));
  OnnxMaker boolean;
  boolean.node("Cast", {"x"}, {"y"}, "cast").integer("to", onnx::TensorProto::BOOL);
  EXPECT_EQ(last_op<Activation>(boolean.read()).kind, Kind::logical_not);
}

TEST(OnnxPointwise, ChoicesByAConstantMayBeInfinite) {
  OnnxMaker maker({1, 1, 2, 2});
  maker.integers("mask", {2, 2}, {1, 0, 0, 1});
  maker.weights("k", {}, {-INFINITY});
  maker.node("Where", {"mask", "x", "k"}, {"y"}, "w");
  const Affine op = last_op<Affine>(maker.read());
  EXPECT_THAT(*op.scale, ElementsAre(1, 0, 0, 1));
  EXPECT_THAT(*op.shift, ElementsAre(0, -INFINITY, -INFINITY, 0));
  OnnxMaker computed({1, 1, 2, 2});
  computed.weights("k", {}, {-INFINITY});
  computed.node("Not", {"x"}, {"c"});
  computed.node("Where", {"c", "x", "k"}, {"y"}, "w");
  EXPECT_THAT(computed.read().unsupported[0].reason, HasSubstr("not finite"));
}

}  // namespace
}  // namespace rfmap::test
