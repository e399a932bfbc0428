#include <string>
#include <vector>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "model_onnx.h"

// Folding of arithmetic on shapes and weights, tested through the operation that uses the result.
namespace rfmap::test {
namespace {

using testing::ElementsAre;
using testing::FloatEq;
using testing::HasSubstr;

/// Reads x [1, 1, 1, n] + (constant "k" [n]) and returns the constant.
std::vector<float> added(OnnxMaker& maker) {
  maker.node("Add", {"x", "k"}, {"y"});
  const Model model = maker.read();
  EXPECT_EQ(model.graph.nodes.size(), 2u);
  return *last_op<Affine>(model).shift;
}

TEST(OnnxConstants, FlattenByShapeArithmetic) {
  // view(x.size(0), -1) as PyTorch 1.2 writes it
  for (const std::int64_t batch : {0, 1, 3}) {
    OnnxMaker maker({batch, 4, 3, 2}, 9);
    maker.integers("first", {}, {0});
    maker.node("Shape", {"x"}, {"s"});
    maker.node("Gather", {"s", "first"}, {"n"}).integer("axis", 0);
    maker.node("Unsqueeze", {"n"}, {"n1"}).ints("axes", {0});
    set_dims(maker.node("Constant", {}, {"rest"}).tensor("value"), {1});
    auto& rest = *maker.graph().mutable_node()->rbegin()->mutable_attribute(0)->mutable_t();
    rest.set_data_type(onnx::TensorProto::INT64);
    rest.add_int64_data(-1);
    maker.node("Concat", {"n1", "rest"}, {"target"}).integer("axis", 0);
    maker.node("Reshape", {"x", "target"}, {"y"});
    maker.node("LRN", {"y"}, {"z"}).integer("size", 1);
    const Model model = maker.read();
    ASSERT_EQ(model.graph.nodes.size(), 3u);
    EXPECT_EQ(model.graph.nodes[1].shape, (Shape{24, 1, 1}));
  }
}

TEST(OnnxConstants, ComputeWithIntegersAndFloats) {
  OnnxMaker maker({1, 1, 1, 4}, 13);
  maker.integers("i", {7, -7, 9, 2});
  maker.integers("two", {}, {2});
  maker.weights("half", {1}, {0.5f});
  maker.node("Div", {"i", "two"}, {"d"});  // 3 -3 4 1: towards zero
  maker.node("Sub", {"d", "two"}, {"s"});  // 1 -5 2 -1
  maker.node("Mul", {"s", "s"}, {"m"});    // 1 25 4 1
  maker.node("Cast", {"m"}, {"f"}).integer("to", onnx::TensorProto::FLOAT);
  maker.node("Sqrt", {"f"}, {"q"});  // 1 5 2 1
  maker.node("Add", {"q", "half"}, {"k"});
  EXPECT_THAT(added(maker), ElementsAre(1.5f, 5.5f, 2.5f, 1.5f));
}

TEST(OnnxConstants, MoveTheirElements) {
  OnnxMaker maker({1, 1, 1, 3}, 13);
  maker.weights("a", {2, 3}, {1, 2, 3, 4, 5, 6});
  maker.integers("minus", {-1});
  maker.integers("far", {-100});
  maker.integers("axis", {1});
  maker.integers("last", {1}, {-1});
  maker.node("Transpose", {"a"}, {"t"});  // 1 4 | 2 5 | 3 6
  maker.integers("second", {}, {1});
  maker.node("Gather", {"t", "second"}, {"g"}).integer("axis", 1);  // 4 5 6
  maker.integers("zero", {0});
  maker.node("Slice", {"g", "minus", "far", "zero", "minus"}, {"k"});  // 6 5 4
  EXPECT_THAT(added(maker), ElementsAre(6, 5, 4));
}

TEST(OnnxConstants, JoinAlongAnyAxis) {
  OnnxMaker maker({1, 1, 2, 3}, 13);
  maker.weights("a", {2, 1}, {1, 2});
  maker.weights("b", {2, 2}, {3, 4, 5, 6});
  maker.node("Concat", {"a", "b"}, {"k"}).integer("axis", -1);
  EXPECT_THAT(added(maker), ElementsAre(1, 3, 4, 2, 5, 6));
}

TEST(OnnxConstants, AreMadeFromNothing) {
  OnnxMaker filled({1, 1, 1, 3}, 13);
  filled.integers("three", {3});
  auto& value = filled.node("ConstantOfShape", {"three"}, {"k"}).tensor("value");
  value.set_data_type(onnx::TensorProto::FLOAT);
  set_dims(value, {1});
  value.add_float_data(2.5f);
  EXPECT_THAT(added(filled), ElementsAre(2.5f));  // all values of the channel agree
  OnnxMaker range({1, 1, 1, 3}, 13);
  range.weights("from", {}, {1});
  range.weights("to", {}, {2.4f});
  range.weights("by", {}, {0.5f});
  range.node("Range", {"from", "to", "by"}, {"k"});
  EXPECT_THAT(added(range), ElementsAre(FloatEq(1), FloatEq(1.5f), FloatEq(2)));
  OnnxMaker floats({1, 1, 1, 2}, 13);
  auto* list = floats.node("Constant", {}, {"k"}).add("value_floats", onnx::AttributeProto::FLOATS);
  list->add_floats(4);
  list->add_floats(-1);
  EXPECT_THAT(added(floats), ElementsAre(4, -1));
}

TEST(OnnxConstants, OfLightGraphsBecomeWeights) {
  // Scale and shift stored as vectors, made [C, 1, 1] by Unsqueeze.
  OnnxMaker maker({1, 2, 3, 3}, 9);
  maker.weights("scale", {2}, {2, 3});
  maker.node("Unsqueeze", {"scale"}, {"s"}).ints("axes", {1, 2});
  maker.node("Mul", {"x", "s"}, {"y"});
  EXPECT_THAT(*last_op<Affine>(maker.read()).scale, ElementsAre(2, 3));
}

TEST(OnnxConstants, AreNotFarLargerThanTheFile) {
  OnnxMaker zeros({1, 1, 1, 1}, 13);
  zeros.integers("shape", {1 << 14, 1 << 13});
  zeros.node("ConstantOfShape", {"shape"}, {"k"}, "zeros");
  zeros.node("ReduceSum", {"k"}, {"s"});
  zeros.node("Add", {"x", "s"}, {"y"});
  EXPECT_THAT(error_of(kExitData, [&] { zeros.read(); }), HasSubstr("too large"));
  OnnxMaker doubled({1, 1, 1, 1}, 13);  // each node by itself is small
  doubled.weights("k0", {1 << 12}, std::vector<float>(1 << 12, 1.f));
  for (int i = 0; i < 20; ++i) {
    const std::string from = "k" + std::to_string(i);
    doubled.node("Concat", {from, from}, {"k" + std::to_string(i + 1)}, "double")
        .integer("axis", 0);
  }
  doubled.node("ReduceSum", {"k20"}, {"s"});
  doubled.node("Add", {"x", "s"}, {"y"});
  EXPECT_THAT(error_of(kExitData, [&] { doubled.read(); }), HasSubstr("too large"));
}

TEST(OnnxConstants, ProductsOfThemDoNotTakeForEver) {
  OnnxMaker maker({1, 1, 1, 1}, 13);
  maker.integers("shape", {1 << 11, 1 << 11});
  maker.node("ConstantOfShape", {"shape"}, {"k"});
  maker.node("MatMul", {"k", "k"}, {"p"}, "product");
  maker.node("ReduceSum", {"p"}, {"s"});
  maker.node("Add", {"x", "s"}, {"y"});
  EXPECT_THAT(error_of(kExitData, [&] { maker.read(); }), HasSubstr("too long"));
}

TEST(OnnxConstants, RefuseWhatHasNoMeaning) {
  OnnxMaker zero({1, 1, 1, 1}, 13);
  zero.integers("a", {1});
  zero.integers("b", {0});
  zero.node("Div", {"a", "b"}, {"k"}, "divide");
  zero.node("Reshape", {"x", "k"}, {"y"});
  EXPECT_THAT(error_of(kExitData, [&] { zero.read(); }), HasSubstr("divides by zero"));
  OnnxMaker beyond({1, 1, 1, 1}, 13);
  beyond.integers("a", {1, 2});
  beyond.integers("i", {5});
  beyond.node("Gather", {"a", "i"}, {"k"}, "gather");
  beyond.node("Reshape", {"x", "k"}, {"y"});
  EXPECT_THAT(error_of(kExitData, [&] { beyond.read(); }), HasSubstr("axis 5 does not exist"));
}

}  // namespace
}  // namespace rfmap::test
