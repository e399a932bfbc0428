#include <cmath>
#include <limits>
#include <string>
#include <variant>
#include <vector>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "graph/rearrange.h"
#include "model_onnx.h"

// Conversion of each operation of a file to one of the graph. tests/models/operators.py checks that
// values agree with ONNX Runtime; here the expected values follow from the definitions.
namespace rfmap::test {
namespace {

using testing::Each;
using testing::ElementsAre;
using testing::FloatEq;
using testing::HasSubstr;

Shape shape_of(const Model& model) { return model.graph.nodes.back().shape; }

TEST(OnnxConv, ResolvesSamePadding) {
  // 9 x 8, kernel 3 (dilated 2: 5), stride 2: ceil(9 / 2) = 5 and ceil(8 / 2) = 4 windows need
  // (5 - 1) 2 + 5 - 9 = 4 and (4 - 1) 2 + 5 - 8 = 3 more cells.
  for (const bool upper : {true, false}) {
    OnnxMaker maker;
    maker.weights("w", {2, 4, 3, 3});
    maker.node("Conv", {"x", "w"}, {"y"})
        .string("auto_pad", upper ? "SAME_UPPER" : "SAME_LOWER")
        .ints("strides", {2, 2})
        .ints("dilations", {2, 2});
    const Model model = maker.read();
    EXPECT_EQ(last_op<Conv>(model).pad, upper ? (Margins{2, 1, 2, 2}) : (Margins{2, 2, 2, 1}));
    EXPECT_EQ(shape_of(model), (Shape{2, 5, 4}));
  }
}

TEST(OnnxConv, TakesGroupsAndAsymmetricPadding) {
  OnnxMaker maker;
  maker.weights("w", {6, 2, 3, 2});
  maker.weights("b", {6});
  maker.node("Conv", {"x", "w", "b"}, {"y"})
      .ints("kernel_shape", {3, 2})
      .ints("pads", {1, 0, 2, 3})
      .integer("group", 2);
  const Model model = maker.read();
  const Conv& op = last_op<Conv>(model);
  EXPECT_EQ(op.groups, 2);
  EXPECT_EQ(op.kernel, (Size{3, 2}));
  EXPECT_EQ(op.pad, (Margins{1, 0, 2, 3}));
  EXPECT_EQ(op.bias->size(), 6u);
  EXPECT_EQ(shape_of(model), (Shape{6, 10, 10}));
}

TEST(OnnxPool, TakesItsSettings) {
  OnnxMaker average;
  average.node("AveragePool", {"x"}, {"y"})
      .ints("kernel_shape", {2, 3})
      .ints("strides", {2, 2})
      .integer("count_include_pad", 1)
      .integer("ceil_mode", 1);
  const Pool a = last_op<Pool>(average.read());
  EXPECT_EQ(a.kind, Pool::Kind::average);
  EXPECT_TRUE(a.count_include_pad);
  EXPECT_TRUE(a.ceil_mode);
  OnnxMaker maximum;
  maximum.node("MaxPool", {"x"}, {"y", "unread"})
      .ints("kernel_shape", {3, 3})
      .ints("dilations", {2, 1})
      .integer("storage_order", 1);
  const Pool m = last_op<Pool>(maximum.read());
  EXPECT_EQ(m.kind, Pool::Kind::max);
  EXPECT_EQ(m.dilation, (Size{2, 1}));
  EXPECT_FALSE(m.ceil_mode);
}

TEST(OnnxLrn, TakesItsConstants) {
  OnnxMaker maker;
  maker.node("LRN", {"x"}, {"y"}).integer("size", 3).real("alpha", 0.5f).real("bias", 2);
  const Lrn op = last_op<Lrn>(maker.read());
  EXPECT_EQ(op.size, 3);
  EXPECT_FLOAT_EQ(op.alpha, 0.5f);
  EXPECT_FLOAT_EQ(op.beta, 0.75f);
  EXPECT_FLOAT_EQ(op.k, 2);
}

TEST(OnnxPad, IsTakenFromAttributeInputOrAxes) {
  OnnxMaker attribute({1, 4, 9, 8}, 7);
  attribute.node("Pad", {"x"}, {"y"}).ints("pads", {0, 0, 1, 2, 0, 0, 3, 4}).real("value", 0.5f);
  OnnxMaker input;
  input.integers("pads", {0, 0, 1, 2, 0, 0, 3, 4});
  input.weights("value", {}, {0.5f});
  input.node("Pad", {"x", "pads", "value"}, {"y"});
  OnnxMaker axes({1, 4, 9, 8}, 18);
  axes.integers("pads", {2, 1, 4, 3});
  axes.weights("value", {}, {0.5f});
  axes.integers("axes", {-1, 2});
  axes.node("Pad", {"x", "pads", "value", "axes"}, {"y"});
  for (const OnnxMaker* maker : {&attribute, &input, &axes}) {
    const Pad op = last_op<Pad>(maker->read());
    EXPECT_EQ(op.margins, (Margins{1, 2, 3, 4}));
    EXPECT_EQ(op.value, 0.5f);
  }
}

TEST(OnnxBatchNorm, IsFoldedIntoTheConvolution) {
  OnnxMaker maker({1, 1, 3, 3});
  maker.weights("w", {1, 1, 1, 1}, {2});
  maker.weights("scale", {1}, {3});
  maker.weights("shift", {1}, {5});
  maker.weights("mean", {1}, {7});
  maker.weights("variance", {1}, {8});
  maker.node("Conv", {"x", "w"}, {"c"}, "conv");
  maker.node("BatchNormalization", {"c", "scale", "shift", "mean", "variance"}, {"y"}, "norm")
      .real("epsilon", 1)
      .real("momentum", 0.1f);
  const Model model = maker.read();
  ASSERT_EQ(model.graph.nodes.size(), 2u);
  // 3 (2 x - 7) / sqrt(8 + 1) + 5 = 2 x - 2
  EXPECT_THAT(*last_op<Conv>(model).weights, ElementsAre(FloatEq(2)));
  EXPECT_THAT(*last_op<Conv>(model).bias, ElementsAre(FloatEq(-2)));
  EXPECT_EQ(model.graph.nodes[1].name, "conv");
  EXPECT_THAT(model.graph.nodes[1].tensors, ElementsAre("y"));
}

TEST(OnnxActivation, TakesItsConstants) {
  const auto only = [](const std::string& op, const std::function<void(NodeMaker&)>& set,
                       int opset = 13) {
    OnnxMaker maker({1, 4, 9, 8}, opset);
    NodeMaker node = maker.node(op, {"x"}, {"y"});
    set(node);
    return last_op<Activation>(maker.read());
  };
  const auto nothing = [](NodeMaker&) {};
  EXPECT_EQ(only("Relu", nothing).kind, Activation::Kind::relu);
  EXPECT_EQ(only("Sigmoid", nothing).kind, Activation::Kind::sigmoid);
  EXPECT_EQ(only("Tanh", nothing).kind, Activation::Kind::tanh);
  EXPECT_FLOAT_EQ(only("LeakyRelu", nothing).alpha, 0.01f);
  EXPECT_FLOAT_EQ(only("LeakyRelu", [](NodeMaker& n) { n.real("alpha", 0.5f); }).alpha, 0.5f);
  const Activation clip = only(
      "Clip", [](NodeMaker& n) { n.real("max", 6); }, 9);
  EXPECT_EQ(clip.kind, Activation::Kind::clip);
  EXPECT_EQ(clip.alpha, -std::numeric_limits<float>::max());
  EXPECT_EQ(clip.beta, 6);
}

TEST(OnnxActivation, TakesBoundsAndSlopesFromInputs) {
  OnnxMaker clip;
  clip.weights("low", {}, {0});
  clip.weights("high", {}, {6});
  clip.node("Clip", {"x", "low", "high"}, {"y"});
  EXPECT_EQ(last_op<Activation>(clip.read()).alpha, 0);
  EXPECT_EQ(last_op<Activation>(clip.read()).beta, 6);
  OnnxMaker prelu;
  prelu.weights("slope", {4, 1, 1});
  prelu.node("PRelu", {"x", "slope"}, {"y"});
  EXPECT_EQ(last_op<Activation>(prelu.read()).slope->size(), 4u);
  OnnxMaker spatial;
  spatial.weights("slope", {1, 9, 8});
  spatial.node("PRelu", {"x", "slope"}, {"y"}, "prelu");
  EXPECT_THAT(error_of(kExitData, [&] { spatial.read(); }),
              HasSubstr("not one number per channel"));
}

TEST(OnnxArithmetic, WithConstantsIsAffine) {
  const struct {
    const char* op;
    bool constant_first;
    float scale, shift;
  } cases[] = {{"Add", false, 1, 4},  {"Add", true, 1, 4},  {"Mul", false, 4, 0},
               {"Sub", false, 1, -4}, {"Sub", true, -1, 4}, {"Div", false, 0.25f, 0}};
  for (const auto& c : cases) {
    OnnxMaker maker;
    maker.weights("k", {}, {4});
    maker.node(c.op, c.constant_first ? Names{"k", "x"} : Names{"x", "k"}, {"y"});
    const Affine op = last_op<Affine>(maker.read());
    EXPECT_EQ(op.scale->size(), 4u);
    EXPECT_THAT(*op.scale, Each(FloatEq(c.scale))) << c.op;
    EXPECT_THAT(*op.shift, Each(FloatEq(c.shift))) << c.op;
  }
}

TEST(OnnxArithmetic, BroadcastsConstantsAsNumpyDoes) {
  const struct {
    Ints dims;
    std::size_t size;
  } cases[] = {{{4, 1, 1}, 4u}, {{1, 4, 1, 1}, 4u}, {{8}, 288u}, {{9, 1}, 288u}, {{4, 9, 8}, 288u}};
  for (const auto& c : cases) {
    OnnxMaker maker;
    maker.weights("k", c.dims);
    maker.node("Add", {"x", "k"}, {"y"});
    const Affine op = last_op<Affine>(maker.read());
    ASSERT_EQ(op.shift->size(), c.size);
    EXPECT_EQ(op.scale->size(), c.size);
    // Value (c, h, w) = (2, 5, 3) of the constant, by the rule: aligned at the last axis.
    const std::size_t at = c.size == 4 ? 2 : (2 * 9 + 5) * 8 + 3;
    const std::size_t from = c.dims == Ints{8}      ? 3
                             : c.dims == Ints{9, 1} ? 5
                             : c.size == 4          ? 2
                                                    : at;
    EXPECT_FLOAT_EQ((*op.shift)[at], 0.1f * float(from + 1));
  }
}

TEST(OnnxArithmetic, OfTensorsIsElementwise) {
  OnnxMaker sum;
  sum.node("Sum", {"x", "x", "x"}, {"y"});
  EXPECT_EQ(last_op<Elementwise>(sum.read()).kind, Elementwise::Kind::sum);
  EXPECT_EQ(sum.read().graph.nodes.back().inputs.size(), 3u);
  OnnxMaker gate;
  gate.node("GlobalAveragePool", {"x"}, {"g"});
  gate.node("Mul", {"g", "x"}, {"y"});
  EXPECT_EQ(last_op<Elementwise>(gate.read()).kind, Elementwise::Kind::product);
  EXPECT_EQ(shape_of(gate.read()), (Shape{4, 9, 8}));
  OnnxMaker difference;
  difference.node("Relu", {"x"}, {"r"});
  difference.node("Sub", {"x", "r"}, {"y"});
  const Model model = difference.read();
  ASSERT_EQ(model.graph.nodes.size(), 3u);
  EXPECT_EQ(last_op<Elementwise>(model).kind, Elementwise::Kind::difference);
  EXPECT_THAT(model.graph.nodes.back().inputs, ElementsAre(0, 1));
}

TEST(OnnxDense, TakesGemmInEveryForm) {
  // y = 2 x W + 3 b with W [4, 2] given as is or transposed.
  for (const bool transposed : {false, true}) {
    OnnxMaker maker({1, 4, 1, 1});
    maker.weights("w", transposed ? Ints{2, 4} : Ints{4, 2},
                  transposed ? std::vector<float>{1, 3, 5, 7, 2, 4, 6, 8} : ramp(8));
    maker.weights("b", {2}, {10, 20});
    maker.node("Flatten", {"x"}, {"f"});
    maker.node("Gemm", {"f", "w", "b"}, {"y"})
        .real("alpha", 2)
        .real("beta", 3)
        .integer("transB", transposed);
    const FullyConnected op = last_op<FullyConnected>(maker.read());
    EXPECT_THAT(*op.weights, ElementsAre(2, 6, 10, 14, 4, 8, 12, 16));
    EXPECT_THAT(*op.bias, ElementsAre(30, 60));
  }
}

TEST(OnnxDense, MeansOverSpaceArePooling) {
  for (const int opset : {13, 18})
    for (const bool keep : {false, true}) {
      OnnxMaker maker({1, 4, 9, 8}, opset);
      if (opset == 18) maker.integers("axes", {-1, 2});
      NodeMaker node =
          maker.node("ReduceMean", opset == 18 ? Names{"x", "axes"} : Names{"x"}, {"m"});
      if (opset == 13) node.ints("axes", {3, -2});
      node.integer("keepdims", keep);
      maker.weights("w", {4, 2});
      if (keep) maker.node("Flatten", {"m"}, {"f"});
      maker.node("MatMul", {keep ? "f" : "m", "w"}, {"y"});
      const Model model = maker.read();
      EXPECT_TRUE(model.unsupported.empty());
      EXPECT_TRUE(std::holds_alternative<Reduce>(model.graph.nodes[1].op));
    }
}

TEST(OnnxSoftmax, RunsOverOneAxisFromOpset13AndOverAllBefore) {
  OnnxMaker old({1, 4, 9, 8}, 11);
  old.node("Softmax", {"x"}, {"y"});
  EXPECT_EQ(last_op<Softmax>(old.read()).axes, kOverAll);
  OnnxMaker now;
  now.node("Softmax", {"x"}, {"y"});
  EXPECT_EQ(last_op<Softmax>(now.read()).axes, one_axis(2));
  EXPECT_EQ(last_op<Softmax>(now.read()).kind, Softmax::Kind::probability);
  OnnxMaker vector({1, 4, 1, 1}, 11);
  vector.node("Softmax", {"x"}, {"y"}).integer("axis", 1);
  EXPECT_EQ(last_op<Softmax>(vector.read()).axes, one_axis(0));
  OnnxMaker rows({1, 4, 9, 8}, 11);
  rows.node("Softmax", {"x"}, {"y"}).integer("axis", 2);
  EXPECT_EQ(last_op<Softmax>(rows.read()).axes, kOverSpace);
}

TEST(OnnxSoftmax, MayBeItsLogarithm) {
  OnnxMaker maker;
  maker.node("LogSoftmax", {"x"}, {"y"}).integer("axis", 1);
  const auto op = last_op<Softmax>(maker.read());
  EXPECT_EQ(op.kind, Softmax::Kind::logarithm);
  EXPECT_EQ(op.axes, one_axis(0));
}

TEST(OnnxShape, TakesHeadsOfRankThree) {
  // As detectors write them: positions x classes, joined over the maps. Classes become channels.
  OnnxMaker maker({1, 4, 3, 2}, 11);
  maker.integers("rows", {1, -1, 2});
  maker.node("Transpose", {"x"}, {"t"}).ints("perm", {0, 2, 3, 1});
  maker.node("Reshape", {"t", "rows"}, {"a"});
  maker.node("Concat", {"a", "a"}, {"c"}).integer("axis", 1);
  maker.node("Softmax", {"c"}, {"y"}).integer("axis", 2);
  const Model model = maker.read();
  using Digits = std::vector<Rearrange::Digit>;
  const auto& digits = std::get<Rearrange>(model.graph.nodes[1].op).digits;
  EXPECT_EQ(digits[0], (Digits{{2, 0, 1}}));
  EXPECT_EQ(digits[1], (Digits{{3, 1, 1}, {2, 2, 1}, {2, 0, 2}}));
  EXPECT_EQ(model.graph.nodes[1].shape, (Shape{2, 12, 1}));
  EXPECT_EQ(shape_of(model), (Shape{2, 24, 1}));
  EXPECT_EQ(last_op<Softmax>(model).axes, one_axis(0));
}

TEST(OnnxShape, SeesAShuffleOfChannels) {
  OnnxMaker maker({1, 6, 3, 2});
  maker.integers("groups", {1, 2, 3, 3, 2});
  maker.integers("back", {0, 6, 3, 2});
  maker.node("Reshape", {"x", "groups"}, {"g"}, "split");
  maker.node("Transpose", {"g"}, {"t"}, "turn").ints("perm", {0, 2, 1, 3, 4});
  maker.node("Reshape", {"t", "back"}, {"y"}, "join");
  maker.node("LRN", {"y"}, {"z"}).integer("size", 1);
  const Model model = maker.read();
  ASSERT_EQ(model.graph.nodes.size(), 3u);
  const auto& op = std::get<Rearrange>(model.graph.nodes[1].op);
  EXPECT_EQ(op.digits, graph::shuffled({6, 3, 2}, 2).digits);
  EXPECT_EQ(op.kind, "channel shuffle");
  EXPECT_EQ(model.graph.nodes[1].name, "join");
  EXPECT_THAT(model.graph.nodes[1].aliases, ElementsAre("split", "turn"));
}

TEST(OnnxShape, RefusesToMixTheBatchWithTheData) {
  const auto reason = [](OnnxMaker& maker) {
    maker.node("LRN", {"y"}, {"z"}).integer("size", 3);
    maker.node("Relu", {"x"}, {"r"});
    const Model model = maker.read();
    return model.unsupported.empty() ? "" : model.unsupported[0].reason;
  };
  const Ints targets[] = {{4, 72, 1, 1}, {-1, 8, 3, 3}, {2, 2, 9, 8}};
  for (const Ints& target : targets) {
    OnnxMaker
        maker;  // one sample: the first axis may hold data, across which nothing can be normalised
    maker.integers("shape", target);
    maker.node("Reshape", {"x", "shape"}, {"y"}, "r");
    EXPECT_THAT(reason(maker), HasSubstr("the batch"));
  }
  OnnxMaker many({3, 4, 9, 8});
  many.node("Transpose", {"x"}, {"y"}).ints("perm", {1, 0, 2, 3});
  EXPECT_THAT(reason(many), HasSubstr("the batch"));
}

TEST(OnnxShape, KeepsABatchOfAnySize) {
  for (const std::int64_t batch : {0, 1, 5})
    for (const Ints& target : {Ints{0, -1}, Ints{batch == 5 ? 5 : 1, 288}, Ints{-1, 288}}) {
      OnnxMaker maker({batch, 4, 9, 8});
      maker.integers("shape", target);
      maker.node("Reshape", {"x", "shape"}, {"y"});
      maker.node("LRN", {"y"}, {"z"}).integer("size", 1);
      EXPECT_EQ(shape_of(maker.read()), (Shape{288, 1, 1}));
    }
}

TEST(OnnxShape, CutsSlicesAndSplits) {
  OnnxMaker slice;
  slice.integers("starts", {1, -3});
  slice.integers("ends", {3, 1000});
  slice.integers("axes", {1, 2});
  slice.node("Slice", {"x", "starts", "ends", "axes"}, {"y"});
  const Model sliced = slice.read();
  EXPECT_EQ(shape_of(sliced), (Shape{2, 3, 8}));
  EXPECT_EQ(last_op<Slice>(sliced).begin, 6);
  OnnxMaker split({1, 4, 9, 8}, 18);
  split.node("Split", {"x"}, {"a", "b"}, "split").integer("axis", 2).integer("num_outputs", 2);
  const Model halves = split.read();
  ASSERT_EQ(halves.graph.nodes.size(), 3u);
  EXPECT_EQ(halves.graph.nodes[1].shape, (Shape{4, 5, 8}));
  EXPECT_EQ(halves.graph.nodes[2].shape, (Shape{4, 4, 8}));
  EXPECT_EQ(halves.graph.nodes[2].name, "b");
}

TEST(OnnxShape, LetsVanishWhatDoesNothing) {
  OnnxMaker maker;
  maker.integers("none", {0, 0, 0, 0, 0, 0, 0, 0});
  maker.node("Relu", {"x"}, {"r"}, "relu");
  maker.node("Dropout", {"r"}, {"d", "mask"}, "drop").real("ratio", 0.3f);
  maker.node("Identity", {"d"}, {"i"}, "same");
  maker.node("Pad", {"i", "none"}, {"p"}, "pad");
  maker.node("Cast", {"p"}, {"y"}, "cast").integer("to", onnx::TensorProto::FLOAT16);
  maker.output("y");
  const Model model = maker.read();
  ASSERT_EQ(model.graph.nodes.size(), 2u);
  EXPECT_THAT(model.graph.nodes[1].tensors, ElementsAre("r", "d", "i", "p", "y"));
  EXPECT_THAT(model.graph.nodes[1].aliases, ElementsAre("drop", "same", "pad", "cast"));
  EXPECT_THAT(model.graph.outputs, ElementsAre(1));
}

}  // namespace
}  // namespace rfmap::test
