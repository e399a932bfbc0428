#include <gtest/gtest.h>

#include "rfmap/theory.h"

#include "graph/facts.h"
#include "graph_builder.h"

namespace rfmap {

using namespace graph;

namespace {

using test::GraphBuilder;

Facts facts_after(const Shape& in, const NodeOperation& op) {
  GraphBuilder net(in);
  return facts_of(net.graph, net.graph.nodes[net.add("op", op, {0})]);
}

bool is_whole(const Reads& reads) { return std::holds_alternative<WholeAxis>(reads); }

TEST(Reductions, ReadTheAxesThatTheyRunOverWhole) {
  for (int bits = 1; bits < 8; ++bits) {
    const AxisSet axes{(bits & 1) != 0, (bits & 2) != 0, (bits & 4) != 0};
    for (const NodeOperation& op :
         {NodeOperation(Reduce{Reduce::Kind::sum, axes}), NodeOperation(Softmax{axes}),
          NodeOperation(Normalisation{Normalisation::Kind::rms, axes})}) {
      SCOPED_TRACE(kind_name(op) + " " + std::to_string(bits));
      const Facts facts = facts_after({4, 8, 6}, op);
      EXPECT_EQ(is_whole(facts.inputs[0].y), axes[1]);
      EXPECT_EQ(is_whole(facts.inputs[0].x), axes[2]);
      EXPECT_EQ(std::holds_alternative<AllChannels>(facts.inputs[0].channels), axes[0]);
    }
  }
}

// One row is no axis that is read whole: positions stay.
TEST(Reductions, OfOnePositionKeepIt) {
  const Facts facts = facts_after({4, 1, 6}, Reduce{Reduce::Kind::mean, {false, true, false}});
  EXPECT_FALSE(is_whole(facts.inputs[0].y));
  EXPECT_FALSE(is_whole(facts.inputs[0].x));
}

TEST(Reductions, KnowTheirSigns) {
  const Shape in{4, 8, 6};
  using Kind = Normalisation::Kind;
  EXPECT_EQ(facts_after(in, Reduce{Reduce::Kind::product}).sign, Sign::as_inputs);
  EXPECT_EQ(facts_after(in, Softmax{}).sign, Sign::non_negative);
  EXPECT_EQ(facts_after(in, Softmax{kOverChannels, Softmax::Kind::logarithm}).sign, Sign::any);
  EXPECT_EQ(facts_after(in, Normalisation{Kind::standard}).sign, Sign::any);
  EXPECT_EQ(facts_after(in, Normalisation{Kind::centre}).sign, Sign::any);
  EXPECT_EQ(facts_after(in, Normalisation{Kind::l2}).sign, Sign::as_inputs);
}

TEST(Reductions, BoxesAreOfTheWholeAxis) {
  GraphBuilder net({4, 8, 6});
  const int rows = net.add("rows", Reduce{Reduce::Kind::sum, {false, false, true}}, {0});
  const int channels = net.add("channels", Reduce{Reduce::Kind::mean, kOverChannels}, {0});
  const int instance =
      net.add("instance", Normalisation{Normalisation::Kind::standard, kOverSpace}, {0});
  EXPECT_EQ(neuron_box(net.graph, rows, {3, 0}).clipped, (Rect{3, 0, 4, 6}));
  EXPECT_EQ(neuron_box(net.graph, channels, {3, 2}).clipped, (Rect{3, 2, 4, 3}));
  EXPECT_EQ(neuron_box(net.graph, instance, {3, 2}).clipped, (Rect{0, 0, 8, 6}));
}

TEST(MatrixProduct, ReadsARowAndAColumn) {
  GraphBuilder net({4, 6, 6});
  const int one = net.add("one", Slice{0, 2, 3}, {0});
  const Facts same = facts_of(net.graph, net.graph.nodes[net.add("p", MatMul{}, {0, 0})]);
  EXPECT_FALSE(is_whole(same.inputs[0].y));
  EXPECT_TRUE(is_whole(same.inputs[0].x));
  EXPECT_TRUE(is_whole(same.inputs[1].y));
  EXPECT_FALSE(is_whole(same.inputs[1].x));
  EXPECT_TRUE(std::holds_alternative<SameChannel>(same.inputs[1].channels));
  EXPECT_FALSE(same.uniform);
  EXPECT_EQ(same.macs, 4 * 6 * 6 * 6);
  const int product = net.add("q", MatMul{}, {0, one});
  const Facts shared = facts_of(net.graph, net.graph.nodes[product]);
  EXPECT_TRUE(std::holds_alternative<AllChannels>(shared.inputs[1].channels));
  EXPECT_EQ(neuron_box(net.graph, product, {1, 4}).clipped, (Rect{0, 0, 6, 6}));
}

}  // namespace
}  // namespace rfmap
