#include <string>
#include <variant>
#include <vector>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "rfmap/theory.h"

#include "model/view.h"
#include "model_onnx.h"

// Transposes and reshapes of a file as views of a map, and where values have to move.
// tests/models/cases/layouts.py holds the values against ONNX Runtime.
namespace rfmap::test {
namespace {

using importing::Axes;
using importing::Digit;
using importing::Digits;
using importing::divided;
using testing::Contains;
using testing::ElementsAre;
using testing::Field;

const Ints kToLast{0, 2, 3, 1}, kToFirst{0, 3, 1, 2};

TEST(Views, DigitsDivideAtBordersOfAxes) {
  const Digits map{{6, 0, 1}, {9, 1, 1}, {8, 2, 1}};
  EXPECT_EQ(*divided(map, {2, 3, 72}), (Axes{{{2, 0, 3}}, {{3, 0, 1}}, {{9, 1, 1}, {8, 2, 1}}}));
  EXPECT_EQ(*divided(map, {6, 3, 3, 2, 4}),
            (Axes{{{6, 0, 1}}, {{3, 1, 3}}, {{3, 1, 1}}, {{2, 2, 4}}, {{4, 2, 1}}}));
  EXPECT_EQ(divided({{6, 0, 1}, {6, 1, 1}}, {4, 9}), std::nullopt);
  EXPECT_EQ(divided({{6, 0, 1}}, {2, 2}), std::nullopt);
}

/// Convolution of 3 x 3, `nodes`, convolution of 3 x 3 of the tensor "b".
OnnxMaker between(const Ints& input = {1, 4, 9, 8}, int opset = 13) {
  OnnxMaker maker(input, opset);
  maker.weights("w", {6, input[1], 3, 3});
  maker.node("Conv", {"x", "w"}, {"c"}, "first").ints("pads", {1, 1, 1, 1});
  return maker;
}
Model finished(OnnxMaker& maker, std::int64_t channels = 6) {
  maker.weights("v", {5, channels, 3, 3});
  maker.node("Conv", {"b", "v"}, {"y"}, "second");
  return maker.read();
}

std::vector<std::string> kinds(const Model& model) {
  std::vector<std::string> all;
  for (const Node& node : model.graph.nodes) all.push_back(kind_name(node.op));
  return all;
}

int side_of_field(const Model& model, const std::string& name) {
  const std::vector<rfmap::Field> fields = theoretical_fields(model.graph);
  for (std::size_t i = 0; i < fields.size(); ++i)
    if (model.graph.nodes[i].name == name) return int(fields[i].y.size());
  return -1;
}

TEST(Views, APairOfMovesNeedsNoNode) {
  OnnxMaker maker = between();
  maker.node("Transpose", {"c"}, {"t"}, "last").ints("perm", kToLast);
  maker.node("Transpose", {"t"}, {"b"}, "back").ints("perm", kToFirst);
  const Model model = finished(maker);
  EXPECT_THAT(kinds(model), ElementsAre("input", "convolution", "convolution"));
  const Node& first = model.graph.nodes[1];
  EXPECT_THAT(first.aliases, ElementsAre("last", "back"));
  EXPECT_THAT(first.tensors, ElementsAre("c", "b"));
  EXPECT_THAT(first.moved, ElementsAre(Field(&MovedTensor::name, "t")));
  EXPECT_EQ(first.moved[0].order, (Digits{{9, 1, 1}, {8, 2, 1}, {6, 0, 1}}));
  EXPECT_EQ(side_of_field(model, "second"), 5);
}

TEST(Views, MovesThatOneNodeCarriesOutKeepTheirTensors) {
  OnnxMaker maker = between();
  maker.integers("flat", {1, 6, 72});
  maker.integers("square", {1, 72, 2, 3});
  maker.node("Reshape", {"c", "flat"}, {"f"}, "flatten");
  maker.node("Transpose", {"f"}, {"t"}, "turn").ints("perm", {0, 2, 1});
  maker.node("Reshape", {"t", "square"}, {"b"}, "square");
  maker.weights("v", {5, 72, 1, 1});
  maker.node("Conv", {"b", "v"}, {"y"}, "second");
  const Model model = maker.read();
  ASSERT_EQ(model.graph.nodes.size(), 4u);
  EXPECT_THAT(model.graph.nodes[1].tensors, ElementsAre("c", "f"));
  EXPECT_THAT(model.graph.nodes[1].moved, ElementsAre(Field(&MovedTensor::name, "t")));
  EXPECT_EQ(model.graph.nodes[2].name, "square");
  EXPECT_THAT(model.graph.nodes[2].aliases, ElementsAre("flatten", "turn"));
  EXPECT_THAT(model.graph.nodes[2].tensors, ElementsAre("b"));
}

TEST(Views, OtherOrdersOfATensorDoNotHaveItsName) {
  OnnxMaker maker = between();
  maker.integers("flat", {1, 6, 72});
  maker.node("Reshape", {"c", "flat"}, {"f"}, "flatten");
  maker.node("Einsum", {"f", "f"}, {"y"}, "scores").string("equation", "bic,bid->bcd");
  const Model model = maker.read();
  // One operand is the tensor as it is, under another shape; the other one is transposed.
  EXPECT_THAT(kinds(model), testing::Contains("reshape"));
  for (const Node& node : model.graph.nodes)
    if (kind_name(node.op) != "reshape" && node.name != "first") {
      EXPECT_THAT(node.tensors, testing::Not(Contains("f")));
      EXPECT_THAT(node.moved, testing::Not(Contains(Field(&MovedTensor::name, "f"))));
    }
}

TEST(Views, SumsOverAxesHaveTheTensorInItsOwnOrder) {
  OnnxMaker maker = between();
  maker.node("Einsum", {"c"}, {"y"}, "sum").string("equation", "bchw->bwc");
  const Model model = maker.read();
  EXPECT_THAT(model.graph.nodes[2].tensors, testing::IsEmpty());
  ASSERT_THAT(model.graph.nodes[2].moved, ElementsAre(Field(&MovedTensor::name, "y")));
  EXPECT_EQ(model.graph.nodes[2].moved[0].order, (Digits{{8, 2, 1}, {6, 0, 1}}));
}

TEST(Views, FactorsPerMovedChannelAreOnePerChannel) {
  OnnxMaker maker = between();
  maker.weights("scale", {6}, {1, 2, 3, 4, 5, 6});
  maker.node("Transpose", {"c"}, {"t"}).ints("perm", kToLast);
  maker.node("Mul", {"t", "scale"}, {"m"}, "gain");
  maker.node("Transpose", {"m"}, {"b"}).ints("perm", kToFirst);
  const Model model = finished(maker);
  // Folded into the convolution before it.
  EXPECT_THAT(kinds(model), ElementsAre("input", "convolution", "convolution"));
  EXPECT_THAT(model.graph.nodes[1].aliases, Contains("gain"));
}

TEST(Views, SoftmaxOverMovedChannelsRunsOverChannels) {
  OnnxMaker maker = between();
  maker.node("Transpose", {"c"}, {"t"}).ints("perm", kToLast);
  maker.node("Softmax", {"t"}, {"s"}).integer("axis", -1);
  maker.node("Transpose", {"s"}, {"b"}).ints("perm", kToFirst);
  const Model model = finished(maker);
  EXPECT_THAT(kinds(model), ElementsAre("input", "convolution", "softmax", "convolution"));
  EXPECT_EQ(std::get<Softmax>(model.graph.nodes[2].op).axes, kOverChannels);
  EXPECT_EQ(side_of_field(model, "second"), 5);
}

TEST(Views, SwappedRowsAndColumnsTurnTheKernel) {
  OnnxMaker maker = between();
  maker.weights("v", {1, 6, 3, 2});
  maker.node("Transpose", {"c"}, {"b"}).ints("perm", {0, 1, 3, 2});
  maker.node("Conv", {"b", "v"}, {"y"}, "second")
      .ints("strides", {2, 1})
      .ints("pads", {1, 0, 0, 2});
  const Model model = maker.read();
  EXPECT_THAT(kinds(model), ElementsAre("input", "convolution", "convolution"));
  const Conv& op = std::get<Conv>(model.graph.nodes[2].op);
  EXPECT_EQ(op.kernel, (Size{2, 3}));
  EXPECT_EQ(op.stride, (Size{1, 2}));
  EXPECT_EQ(op.pad, (Margins{0, 1, 2, 0}));
  // [3, 2] = 1 2, 3 4, 5 6 becomes 1 3 5, 2 4 6, times 0.1.
  EXPECT_THAT(std::vector<float>(op.weights->begin(), op.weights->begin() + 6),
              testing::Pointwise(testing::FloatEq(), {0.1f, 0.3f, 0.5f, 0.2f, 0.4f, 0.6f}));
  EXPECT_THAT(model.graph.nodes[2].moved, ElementsAre(Field(&MovedTensor::name, "y")));
}

TEST(Views, TokensKeepTheirPlacesOnTheMap) {
  OnnxMaker maker = between();
  maker.integers("flat", {1, 6, 72});
  maker.weights("m", {6, 7});
  maker.node("Reshape", {"c", "flat"}, {"f"}, "flatten");
  maker.node("Transpose", {"f"}, {"t"}, "turn").ints("perm", {0, 2, 1});
  maker.node("MatMul", {"t", "m"}, {"y"}, "linear");
  const Model model = maker.read();
  EXPECT_THAT(kinds(model), ElementsAre("input", "convolution", "convolution"));
  EXPECT_EQ(model.graph.nodes[2].shape, (Shape{7, 9, 8}));
  EXPECT_EQ(side_of_field(model, "linear"), 3);
}

TEST(Views, AMoveThatIsNeededCarriesItsName) {
  OnnxMaker maker = between();
  maker.node("Reshape", {"c", "s"}, {"f"}, "flatten");
  maker.integers("s", {1, 432});
  maker.weights("m", {432, 3});
  maker.node("Gemm", {"f", "m"}, {"y"}, "fc");
  const Model model = maker.read();
  EXPECT_THAT(kinds(model), ElementsAre("input", "convolution", "reshape", "fully connected"));
  EXPECT_EQ(model.graph.nodes[2].name, "flatten");
  EXPECT_THAT(model.graph.nodes[2].tensors, ElementsAre("f"));
}

TEST(Views, TwoReadersShareAMove) {
  OnnxMaker maker = between({1, 4, 8, 8});
  maker.node("DepthToSpace", {"c"}, {"b"}, "up").integer("blocksize", 1);
  maker.node("SpaceToDepth", {"c"}, {"d"}, "down").integer("blocksize", 2);
  maker.weights("v1", {2, 24, 1, 1});
  maker.node("Conv", {"d", "v1"}, {"p"}, "p");
  maker.node("Conv", {"d", "v1"}, {"q"}, "q");
  const Model model = finished(maker);
  EXPECT_THAT(kinds(model), ElementsAre("input", "convolution", "space to depth", "convolution",
                                        "convolution", "convolution"));
  EXPECT_EQ(model.graph.nodes[2].name, "down");
}

TEST(Inputs, ChannelsLastAreSeenByTheirReadersAndExtents) {
  const auto shape_of_input = [](const Ints& dims, const Ints& order, InputLayout layout) {
    OnnxMaker maker(dims);
    if (!order.empty()) maker.node("Transpose", {"x"}, {"t"}).ints("perm", order);
    maker.node("Relu", {order.empty() ? "x" : "t"}, {"y"});
    const TemporaryFolder folder;
    return read_model({maker.write(folder), "", {}, layout}).graph.input();
  };
  using enum InputLayout;
  EXPECT_EQ(shape_of_input({1, 9, 8, 3}, kToFirst, automatic), (Shape{3, 9, 8}));
  EXPECT_EQ(shape_of_input({1, 9, 8, 7}, kToFirst, automatic), (Shape{7, 9, 8}));
  EXPECT_EQ(shape_of_input({1, 9, 8, 1}, {}, automatic), (Shape{1, 9, 8}));
  EXPECT_EQ(shape_of_input({1, 3, 9, 8}, {}, automatic), (Shape{3, 9, 8}));
  EXPECT_EQ(shape_of_input({1, 3, 9, 3}, {}, automatic), (Shape{3, 9, 3}));
  EXPECT_EQ(shape_of_input({1, 3, 9, 3}, {}, channels_last), (Shape{3, 3, 9}));
  EXPECT_EQ(shape_of_input({1, 9, 8, 3}, {}, channels_first), (Shape{9, 8, 3}));
  EXPECT_EQ(shape_of_input({1, 9, 8, 3}, kToLast, automatic), (Shape{3, 9, 8}));
}

TEST(Padding, AlongAxesOfAMovedMapIsPaddingOfTheMap) {
  OnnxMaker maker = between();
  maker.integers("pads", {0, 1, 2, 0, 0, 3, 4, 0});
  maker.node("Transpose", {"c"}, {"t"}).ints("perm", kToLast);
  maker.node("Pad", {"t", "pads"}, {"p"});
  maker.node("Transpose", {"p"}, {"b"}).ints("perm", kToFirst);
  const Model model = finished(maker);
  EXPECT_EQ(std::get<Pad>(model.graph.nodes[2].op).margins, (Margins{1, 2, 3, 4}));
}

TEST(Windows, OverLinesHaveOneColumn) {
  OnnxMaker maker({1, 4, 1, 1});
  maker.integers("axes", {-1});
  maker.weights("w", {1, 1, 3});
  maker.node("Squeeze", {"x", "axes"}, {"s"});
  maker.node("Transpose", {"s"}, {"t"}).ints("perm", {0, 2, 1});
  maker.node("Conv", {"t", "w"}, {"y"}).ints("pads", {1, 1}).ints("kernel_shape", {3});
  const Model model = maker.read();
  const Conv& op = std::get<Conv>(model.graph.nodes.back().op);
  EXPECT_EQ(op.kernel, (Size{3, 1}));
  EXPECT_EQ(op.pad, (Margins{1, 0, 1, 0}));
  EXPECT_EQ(model.graph.nodes.back().shape, (Shape{1, 4, 1}));
}

TEST(Windows, OverThreeAxesThinAlongOneAreGroups) {
  OnnxMaker maker({1, 4, 5, 6});
  maker.integers("deep", {1, 1, 4, 5, 6});
  maker.node("Reshape", {"x", "deep"}, {"v"});
  maker.node("Transpose", {"v"}, {"t"}).ints("perm", {0, 1, 3, 4, 2});
  maker.weights("w", {2, 1, 3, 2, 1});
  maker.node("Conv", {"t", "w"}, {"y"}, "conv").ints("pads", {1, 0, 0, 1, 0, 0});
  const Model model = maker.read();
  EXPECT_THAT(kinds(model), ElementsAre("input", "convolution"));  // nothing moves
  const Conv& op = last_op<Conv>(model);
  EXPECT_EQ(op.groups, 4);
  EXPECT_EQ(op.kernel, (Size{3, 2}));
  EXPECT_EQ(op.pad, (Margins{1, 0, 1, 0}));
  EXPECT_EQ(op.weights->size(), 48u);
  EXPECT_EQ(model.graph.nodes[1].shape, (Shape{8, 5, 5}));
  // [1, 2, 5, 5, 4] of channels that count through groups first.
  ASSERT_THAT(model.graph.nodes[1].moved, ElementsAre(Field(&MovedTensor::name, "y")));
  EXPECT_EQ(model.graph.nodes[1].moved[0].order,
            (Digits{{2, 0, 1}, {5, 1, 1}, {5, 2, 1}, {4, 0, 2}}));
}

TEST(Batches, JoinedWithChannelsAndDividedAgainMoveNothing) {
  OnnxMaker maker = between({3, 4, 9, 8});
  maker.integers("joined", {18, 72});
  maker.integers("apart", {3, 6, 9, 8});
  maker.node("Reshape", {"c", "joined"}, {"j"});
  maker.node("Relu", {"j"}, {"r"});
  maker.node("Reshape", {"r", "apart"}, {"b"});
  const Model model = finished(maker);
  EXPECT_THAT(kinds(model), ElementsAre("input", "convolution", "ReLU", "convolution"));
  EXPECT_EQ(side_of_field(model, "second"), 5);
}

TEST(Batches, JoinedAxesCannotBeCut) {
  OnnxMaker maker = between({3, 4, 9, 8});
  maker.integers("joined", {18, 72});
  maker.integers("one", {1});
  maker.integers("five", {5});
  maker.integers("zero", {0});
  maker.node("Reshape", {"c", "joined"}, {"j"});
  maker.node("Slice", {"j", "one", "five", "zero"}, {"y"}, "cut");
  const Model model = maker.read();
  ASSERT_EQ(model.unsupported.size(), 1u);
  EXPECT_EQ(model.unsupported[0].reason, "it cuts the batch axis");
}

}  // namespace
}  // namespace rfmap::test
