// Functions of one number of Caffe networks.
#include <cmath>
#include <string>
#include <variant>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "model_onnx.h"

namespace rfmap::test {
namespace {

using testing::Each;
using testing::FloatEq;
using testing::HasSubstr;
using testing::IsEmpty;

using Kind = Activation::Kind;

/// A file of weights with one unused layer: field 100 of 3 bytes, its name "n".
const std::string kUnusedWeights("\xa2\x06\x03\x0a\x01n", 6);

Model read_one(const std::string& type, const std::string& settings = "") {
  const TemporaryFolder folder;
  const std::string text =
      "input: 'data' input_shape { dim: 1 dim: 2 dim: 7 dim: 6 }\n"
      "layer { name: 'l' type: '" +
      type + "' bottom: 'data' top: 'y' " + settings + " }\n";
  return read_model(
      {folder.write("net.prototxt", text), folder.write("net.caffemodel", kUnusedWeights), {}});
}

Activation activation_of(const std::string& type, const std::string& settings = "") {
  const Model model = read_one(type, settings);
  EXPECT_EQ(model.graph.nodes.size(), 2u) << type;
  EXPECT_EQ(model.graph.nodes.back().name, "l");
  return last_op<Activation>(model);
}

TEST(CaffePointwise, FunctionsHaveTheirDefaults) {
  const struct {
    const char* type;
    Kind kind;
    float alpha, beta;
  } cases[] = {{"ELU", Kind::elu, 1, 0},
               {"BNLL", Kind::softplus, 0, 0},
               {"AbsVal", Kind::absolute, 0, 0},
               {"Exp", Kind::exponential, 0, 0},
               {"Log", Kind::logarithm, 0, 0},
               {"ReLU6", Kind::clip, 0, 6},
               {"Swish", Kind::swish, 1, 0},
               {"Mish", Kind::mish, 0, 0},
               {"HardSwish", Kind::hard_swish, 0, 0},
               {"Threshold", Kind::greater, 0, 0}};
  for (const auto& c : cases) {
    const Activation op = activation_of(c.type);
    EXPECT_EQ(op.kind, c.kind) << c.type;
    EXPECT_EQ(op.alpha, c.alpha) << c.type;
    EXPECT_EQ(op.beta, c.beta) << c.type;
  }
}

TEST(CaffePointwise, FunctionsTakeTheirSettings) {
  EXPECT_EQ(activation_of("ELU", "elu_param { alpha: 0.5 }").alpha, 0.5f);
  EXPECT_EQ(activation_of("Swish", "swish_param { beta: 1.5 }").alpha, 1.5f);
  EXPECT_EQ(activation_of("Threshold", "threshold_param { threshold: 2 }").alpha, 2);
  EXPECT_EQ(activation_of("Power", "power_param { power: 2 }").alpha, 2);
}

/// The numbers of the factor before a function.
void expect_affine(const Node& node, float scale, float shift) {
  EXPECT_THAT(*std::get<Affine>(node.op).scale, Each(FloatEq(scale)));
  EXPECT_THAT(*std::get<Affine>(node.op).shift, Each(FloatEq(shift)));
}

TEST(CaffePointwise, PowerScalesAndShiftsFirst) {
  const Model model = read_one("Power", "power_param { power: 3 scale: 0.5 shift: 2 }");
  ASSERT_EQ(model.graph.nodes.size(), 3u);
  expect_affine(model.graph.nodes[1], 0.5f, 2);
  EXPECT_EQ(last_op<Activation>(model).alpha, 3);
  const Model linear = read_one("Power", "power_param { scale: 0.5 shift: 2 }");
  ASSERT_EQ(linear.graph.nodes.size(), 2u);
  expect_affine(linear.graph.nodes[1], 0.5f, 2);
}

TEST(CaffePointwise, ExponentialsAndLogarithmsHaveBases) {
  // 2^(3 x + 4) = e^(3 x ln 2 + 4 ln 2)
  const Model exp = read_one("Exp", "exp_param { base: 2 scale: 3 shift: 4 }");
  ASSERT_EQ(exp.graph.nodes.size(), 3u);
  expect_affine(exp.graph.nodes[1], 3 * std::log(2.f), 4 * std::log(2.f));
  // log2(3 x + 4) = ln(3 x + 4) / ln 2
  const Model log = read_one("Log", "log_param { base: 2 scale: 3 shift: 4 }");
  ASSERT_EQ(log.graph.nodes.size(), 4u);
  expect_affine(log.graph.nodes[1], 3, 4);
  expect_affine(log.graph.nodes[3], 1 / std::log(2.f), 0);
  EXPECT_EQ(log.graph.nodes[3].name, "l");
  EXPECT_THAT(error_of(kExitData, [] { read_one("Exp", "exp_param { base: -3 }"); }),
              HasSubstr("above 0"));
}

TEST(CaffePointwise, OldLayersAreTheSame) {
  const TemporaryFolder folder;
  const Model model = read_model(
      {folder.write("net.prototxt",
                    "input: 'data' input_dim: 1 input_dim: 2 input_dim: 7 input_dim: 6\n"
                    "layers { name: 'a' type: ABSVAL bottom: 'data' top: 'a' }\n"
                    "layers { name: 'e' type: EXP bottom: 'a' top: 'e' exp_param { scale: 0.5 } }\n"
                    "layers { name: 'b' type: BNLL bottom: 'e' top: 'b' }\n"
                    "layers { name: 't' type: THRESHOLD bottom: 'b' top: 't' "
                    "threshold_param { threshold: 3 } }\n"),
       folder.write("net.caffemodel", kUnusedWeights),
       {}});
  EXPECT_THAT(model.unsupported, IsEmpty());
  EXPECT_EQ(model.graph.nodes.size(), 6u);
  EXPECT_EQ(last_op<Activation>(model).alpha, 3);
}

}  // namespace
}  // namespace rfmap::test
