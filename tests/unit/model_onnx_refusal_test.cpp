#include <string>
#include <vector>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "model_onnx.h"

namespace rfmap::test {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;
using testing::IsEmpty;

/// x -> Relu "relu" -> OP "odd" (tensor "o") -> MaxPool "pool" (tensor "y")
OnnxMaker behind(const std::string& op, const std::function<void(NodeMaker&)>& set = {}) {
  OnnxMaker maker;
  maker.node("Relu", {"x"}, {"r"}, "relu");
  NodeMaker node = maker.node(op, {"r"}, {"o"}, "odd");
  if (set) set(node);
  maker.node("MaxPool", {"o"}, {"y"}, "pool").ints("kernel_shape", {2, 2});
  maker.output("y");
  return maker;
}

TEST(OnnxRefusal, LeavesOutTheNodeAndWhatDependsOnIt) {
  const Model model = behind("Hardmax").read();
  ASSERT_EQ(model.unsupported.size(), 1u);
  const Unsupported& lost = model.unsupported[0];
  EXPECT_EQ(lost.node, "odd");
  EXPECT_EQ(lost.operation, "Hardmax");
  EXPECT_THAT(lost.reason, HasSubstr("not supported"));
  EXPECT_THAT(lost.names, ElementsAre("odd", "o", "pool", "y"));
  EXPECT_THAT(lost.layers, ElementsAre("pool"));
  EXPECT_THAT(lost.reads, ElementsAre("relu"));
  EXPECT_EQ(model.graph.nodes.size(), 2u);
  EXPECT_THAT(model.graph.outputs, IsEmpty());
}

TEST(OnnxRefusal, NamesAttributesThatAreNotUnderstood) {
  const auto reason = [](const OnnxMaker& maker) {
    const Model model = maker.read();
    return model.unsupported.empty() ? "" : model.unsupported.front().reason;
  };
  EXPECT_EQ(reason(behind("Relu", [](NodeMaker& n) { n.integer("odd", 1); })),
            "attribute 'odd' is not understood");
  EXPECT_EQ(reason(behind("Relu", [](NodeMaker& n) { n.integer("b", 1).integer("a", 1); })),
            "attributes 'a' and 'b' are not understood");
  EXPECT_THAT(reason(behind("LeakyRelu", [](NodeMaker& n) { n.integer("alpha", 1); })),
              HasSubstr("unexpected type"));
  EXPECT_THAT(reason(behind("Relu", [](NodeMaker& n) { n.proto->set_domain("com.example"); })),
              HasSubstr("com.example"));
}

TEST(OnnxRefusal, LeavesNoTraceOfARefusedNode) {
  // If its attribute were known, Dropout would become an alias of its input.
  const Model model = behind("Dropout", [](NodeMaker& n) { n.integer("odd", 1); }).read();
  ASSERT_EQ(model.graph.nodes.size(), 2u);
  EXPECT_THAT(model.graph.nodes[1].aliases, IsEmpty());
  EXPECT_THAT(model.graph.nodes[1].tensors, ElementsAre("r"));
}

TEST(OnnxRefusal, OfOneBranchLeavesTheOthers) {
  OnnxMaker maker = behind("Hardmax");
  maker.node("Sigmoid", {"r"}, {"s"});
  const Model model = maker.read();
  EXPECT_NE(find_node(model.graph, "s"), nullptr);
  EXPECT_EQ(model.unsupported.size(), 1u);
}

TEST(OnnxRefusal, CountsANodeBehindTwoOthersToBoth) {
  OnnxMaker maker;
  maker.node("Relu", {"x"}, {"r"});
  maker.node("Hardmax", {"r"}, {"a"});
  maker.node("Hardmax", {"r"}, {"b"});
  maker.node("Add", {"a", "b"}, {"y"});
  const Model model = maker.read();
  ASSERT_EQ(model.unsupported.size(), 2u);
  EXPECT_THAT(model.unsupported[0].names, ElementsAre("a", "y"));
  EXPECT_THAT(model.unsupported[1].names, ElementsAre("b", "y"));
}

TEST(OnnxRefusal, OfEverythingIsAnError) {
  OnnxMaker maker;
  maker.node("Hardmax", {"x"}, {"y"}, "first");
  EXPECT_THAT(error_of(kExitData, [&] { maker.read(); }),
              testing::AllOf(HasSubstr("'first'"), HasSubstr("Hardmax")));
}

TEST(OnnxRefusal, SaysWhatIsBeyondTheImporter) {
  const struct {
    const char* reason;
    std::function<void(OnnxMaker&)> add;
  } cases[] = {
      {"training mode",
       [](OnnxMaker& m) {
         for (const char* w : {"a", "b", "c", "d"}) m.weights(w, {4});
         m.node("BatchNormalization", {"r", "a", "b", "c", "d"}, {"y"}).integer("training_mode", 1);
       }},
      {"two dimensions only",
       [](OnnxMaker& m) {
         m.integers("to", {1, 288});
         m.node("Reshape", {"r", "to"}, {"f"});
         m.node("MaxPool", {"f"}, {"y"}).ints("kernel_shape", {2, 2});
       }},
      {"over three axes (3 x 3 x 2)",
       [](OnnxMaker& m) {
         m.integers("to", {1, 4, 9, 4, 2});
         m.weights("w", {4, 4, 3, 3, 2});
         m.node("Reshape", {"r", "to"}, {"f"});
         m.node("Conv", {"f", "w"}, {"y"});
       }},
      {"further output 'i' is used",
       [](OnnxMaker& m) {
         m.node("MaxPool", {"r"}, {"p", "i"}).ints("kernel_shape", {2, 2});
         m.output("i");
       }},
      {"mode 'mirror' is not understood",
       [](OnnxMaker& m) {
         m.integers("pads", {0, 0, 1, 1, 0, 0, 1, 1});
         m.node("Pad", {"r", "pads"}, {"y"}).string("mode", "mirror");
       }},
      {"padding of the batch",
       [](OnnxMaker& m) {
         m.integers("pads", {1, 0, 0, 0, 0, 0, 0, 0});
         m.node("Pad", {"r", "pads"}, {"y"}).string("mode", "edge");
       }},
      {"depends on the image",
       [](OnnxMaker& m) {
         m.node("GlobalAveragePool", {"r"}, {"g"});
         m.node("Conv", {"r", "g"}, {"y"});
       }},
      {"exponents that differ",
       [](OnnxMaker& m) {
         m.weights("k", {4, 1, 1});
         m.node("Pow", {"r", "k"}, {"y"});
       }},
      {"do not go together",
       [](OnnxMaker& m) {
         m.node("MaxPool", {"r"}, {"p"}).ints("kernel_shape", {2, 2});
         m.node("Add", {"r", "p"}, {"y"});
       }},
      {"more than two operands",
       [](OnnxMaker& m) {
         m.node("Einsum", {"r", "r", "r"}, {"y"}).string("equation", "bchw,bchw,bchw->bc");
       }},
      {"cannot be squeezed",
       [](OnnxMaker& m) {
         m.integers("one", {1});
         m.node("Squeeze", {"r", "one"}, {"y"});
       }},
  };
  EXPECT_EQ(std::size(cases), 11u);
  for (const auto& c : cases) {
    OnnxMaker maker;
    maker.node("Relu", {"x"}, {"r"});
    c.add(maker);
    const Model model = maker.read();
    ASSERT_EQ(model.unsupported.size(), 1u) << c.reason;
    EXPECT_THAT(model.unsupported[0].reason, HasSubstr(c.reason));
  }
}

TEST(OnnxNames, AreTheNodesOrTheirTensorsAndApart) {
  OnnxMaker maker;
  maker.node("Relu", {"x"}, {"a"}, "act");
  maker.node("Relu", {"a"}, {"b"}, "act");
  maker.node("Relu", {"b"}, {"c"});
  maker.node("Relu", {"c"}, {"d"}, "m/act");
  maker.node("Relu", {"d"}, {"e"}, "m:act");
  const Model model = maker.read();
  std::vector<std::string> names;
  for (const Node& node : model.graph.nodes) names.push_back(node.name);
  EXPECT_THAT(names, ElementsAre("x", "act", "act_2", "c", "m/act", "m:act_2"));
}

}  // namespace
}  // namespace rfmap::test
