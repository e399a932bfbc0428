// What rearrangements read, how they run on crops and in C, H, W order.
#include <algorithm>
#include <memory>
#include <set>
#include <string>
#include <variant>
#include <vector>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "rfmap/error.h"
#include "rfmap/field.h"
#include "rfmap/theory.h"

#include "graph/facts.h"
#include "graph/reads.h"
#include "graph_builder.h"
#include "rearrangements.h"

namespace rfmap {

using namespace graph;

namespace {

using namespace testing_moves;
using test::GraphBuilder;
using testing::ElementsAre;
using testing::HasSubstr;

Facts facts_for(const Rearrange& op, const Shape& in) { return op.facts({"n", op.kind, {in}, {}}); }

const InputReads& reads_for(const Facts& facts) { return facts.inputs.front(); }

struct Case {
  std::string name;
  Shape in;
  Rearrange op;
};

/// Slices of slices, flips inside blocks, several at once.
std::vector<Case> composed_cases() {
  Rearrange both = space_to_depth({3, 6, 4}, 2);
  both.digits[0][0].step = -1;  // the block's rows upside down
  both.start[1] = 1;
  Rearrange dilated = transposed({2, 8, 6}, {0, 1, 2});  // rows u, u + 4 as channels
  dilated.digits[0] = {{2, 1, 4}, {2, 0, 1}};
  dilated.digits[1] = {{4, 1, 1}};
  Rearrange one = transposed({4, 5, 3}, {0, 1, 2});  // three of the rows as channels
  one.digits[0] = {{3, 1, 1}};
  one.digits[1] = {};
  one.start = {2, 1, 0};
  Rearrange spread = transposed({4, 3, 1}, {0, 1, 2});  // a column repeated
  spread.digits[2] = {{5, 0, 0}};
  Rearrange coarse = repeated({2, 6, 4}, 1, 2);  // every second row, twice
  coarse.digits[1][0] = {3, 1, 2};
  return {{"flipped blocks", {3, 6, 4}, both},
          {"dilated", {2, 8, 6}, dilated},
          {"some rows", {4, 5, 3}, one},
          {"expanded", {4, 3, 1}, spread},
          {"coarse repeats", {2, 6, 4}, coarse}};
}

std::vector<Case> cases() {
  const Shape map{4, 6, 9}, cubes{18, 4, 6};
  std::vector<Case> all{
      {"identity", map, transposed(map, {0, 1, 2})},
      {"rows and columns", map, transposed(map, {0, 2, 1})},
      {"channels last", map, transposed(map, {1, 2, 0})},
      {"shuffle", map, shuffled(map, 2)},
      {"space to depth", map, space_to_depth(map, 3)},
      {"space to depth, by channel", map, space_to_depth(map, 3, Channels::block_last)},
      {"depth to space", cubes, depth_to_space(cubes, 3)},
      {"depth to space, by channel", cubes, depth_to_space(cubes, 3, Channels::block_last)},
      {"steps", map, stepped(map, 2, 1, 3)},
      {"steps of channels", map, stepped(map, 0, 1, 2)},
      {"flipped rows", map, flipped(map, 1)},
      {"flipped channels", map, flipped(map, 0)},
      {"repeated rows", map, repeated(map, 1, 3)},
      {"repeated channels", map, repeated(map, 0, 2)},
      {"windows", map, windows_of(map, 3)},
  };
  for (Case& more : composed_cases()) all.push_back(std::move(more));
  return all;
}

/// Calls visit(position of the output, position of the input) for every value.
template <class Visit>
void for_each_move(const Case& one, const Shape& out, Visit visit) {
  for (int c = 0; c < out.c; ++c)
    for (int y = 0; y < out.h; ++y)
      for (int x = 0; x < out.w; ++x) visit(MapPosition{c, y, x}, source_of(one.op, {c, y, x}));
}

TEST(Rearrange, TakesValuesFromTheirSources) {
  const Shape in{8, 2, 3};
  EXPECT_EQ(source_of(transposed(in, {1, 2, 0}), {1, 2, 7}), (MapPosition{7, 1, 2}));
  EXPECT_EQ(source_of(shuffled(in, 2), {5, 1, 2}), (MapPosition{6, 1, 2}));  // 0 4 1 5 2 6 3 7
  EXPECT_EQ(source_of(stepped(in, 2, 1, 2), {3, 0, 0}), (MapPosition{3, 0, 1}));
  EXPECT_EQ(source_of(flipped(in, 2), {3, 0, 0}), (MapPosition{3, 0, 2}));
  EXPECT_EQ(source_of(repeated(in, 1, 2), {3, 3, 1}), (MapPosition{3, 1, 1}));
  // Channel (dy * 2 + dx) * 2 + c, and c * 4 + dy * 2 + dx.
  EXPECT_EQ(source_of(depth_to_space(in, 2), {1, 3, 4}), (MapPosition{5, 1, 2}));
  EXPECT_EQ(source_of(depth_to_space(in, 2, Channels::block_last), {1, 3, 4}),
            (MapPosition{6, 1, 2}));
  EXPECT_EQ(source_of(space_to_depth({2, 4, 6}, 2), {5, 1, 2}), (MapPosition{1, 3, 4}));
}

/// Every position that a value comes from is among those that the facts state; where they state a
/// formula, it is exact. Channels may be a hull.
TEST(Rearrange, FactsHoldWhatIsRead) {
  for (const Case& one : cases()) {
    SCOPED_TRACE(one.name);
    const Facts facts = facts_for(one.op, one.in);
    for (int axis : {1, 2}) {
      std::vector<std::set<int>> read(std::size_t(extent(facts.shape, axis)));
      for_each_move(one, facts.shape, [&](const MapPosition& to, const MapPosition& from) {
        read[std::size_t(to[std::size_t(axis)])].insert(from[std::size_t(axis)]);
      });
      const Reads& reads = reads_for(facts).along(axis);
      for (int u = 0; u < int(read.size()); ++u) {
        const Span span = reads_of(reads, extent(one.in, axis), {u, u});
        std::set<int> stated;
        for (int i = span.first; i <= span.last; i += span.step) stated.insert(i);
        if (std::holds_alternative<WholeAxis>(reads))
          EXPECT_TRUE(std::ranges::includes(stated, read[std::size_t(u)])) << axis << ", " << u;
        else
          EXPECT_EQ(stated, read[std::size_t(u)]) << axis << ", " << u;
      }
    }
    for_each_move(one, facts.shape, [&](const MapPosition& to, const MapPosition& from) {
      const ChannelRange range = channels_read(reads_for(facts).channels, to[0], one.in.c);
      EXPECT_TRUE(from[0] >= range.begin && from[0] < range.end) << to[0];
    });
  }
}

template <class Kind>
bool reads_are(const Rearrange& op, const Shape& in, int axis) {
  return std::holds_alternative<Kind>(reads_for(facts_for(op, in)).along(axis));
}

Sliding sliding(const Rearrange& op, const Shape& in, int axis) {
  return std::get<Sliding>(reads_for(facts_for(op, in)).along(axis));
}

TEST(Rearrange, FactsAreFormulasWherePositionsStep) {
  const Shape in{18, 6, 9};
  EXPECT_TRUE(sliding(transposed(in, {0, 1, 2}), in, 1).pointwise());
  EXPECT_TRUE(sliding(shuffled(in, 3), in, 2).pointwise());
  const Sliding block = sliding(space_to_depth(in, 3), in, 2);
  EXPECT_THAT((std::vector{block.kernel, block.stride, block.dilation, block.pad}),
              ElementsAre(3, 3, 1, 0));
  const Sliding steps = sliding(stepped(in, 1, 1, 2), in, 1);
  EXPECT_THAT((std::vector{steps.kernel, steps.stride, steps.pad}), ElementsAre(1, 2, -1));
  EXPECT_TRUE(reads_are<AxisReads>(depth_to_space(in, 3), in, 1));
  EXPECT_TRUE(reads_are<AxisReads>(repeated(in, 2, 4), in, 2));
  EXPECT_TRUE(reads_are<WholeAxis>(transposed(in, {0, 2, 1}), in, 1));
  EXPECT_TRUE(reads_are<WholeAxis>(flipped(in, 1), in, 1));
  const std::vector<Case> composed = composed_cases();
  const Sliding dilated = sliding(composed[1].op, composed[1].in, 1);
  EXPECT_THAT((std::vector{dilated.kernel, dilated.stride, dilated.dilation}),
              ElementsAre(2, 1, 4));
}

std::vector<ChannelRange> channels_of(const Rearrange& op, const Shape& in) {
  const Facts facts = facts_for(op, in);
  std::vector<ChannelRange> ranges;
  for (int c = 0; c < facts.shape.c; ++c)
    ranges.push_back(channels_read(reads_for(facts).channels, c, in.c));
  return ranges;
}

TEST(Rearrange, FactsNameTheChannels) {
  const auto one = [](int c) { return ChannelRange{c, c + 1}; };
  EXPECT_THAT(channels_of(shuffled({6, 1, 1}, 2), {6, 1, 1}),
              ElementsAre(one(0), one(3), one(1), one(4), one(2), one(5)));
  EXPECT_THAT(channels_of(stepped({6, 1, 1}, 0, 1, 2), {6, 1, 1}),
              ElementsAre(one(1), one(3), one(5)));
  EXPECT_THAT(channels_of(depth_to_space({8, 1, 1}, 2, Channels::block_last), {8, 1, 1}),
              ElementsAre(ChannelRange{0, 4}, ChannelRange{4, 8}));
  EXPECT_THAT(channels_of(space_to_depth({2, 2, 2}, 2), {2, 2, 2}),
              ElementsAre(one(0), one(1), one(0), one(1), one(0), one(1), one(0), one(1)));
  const auto kind = [](const Rearrange& op, const Shape& in) {
    return reads_for(facts_for(op, in)).channels;
  };
  const Shape in{4, 6, 6};
  EXPECT_TRUE(std::holds_alternative<SameChannel>(kind(stepped(in, 1, 0, 2), in)));
  EXPECT_TRUE(std::holds_alternative<AllChannels>(kind(transposed(in, {2, 1, 0}), in)));
}

/// Any part of the output is that rearrangement of a part of the input.
TEST(Rearrange, CropsGiveCrops) {
  int uniform = 0;
  for (const Case& one : cases()) {
    SCOPED_TRACE(one.name);
    const Facts facts = facts_for(one.op, one.in);
    if (!facts.uniform || !std::holds_alternative<Sliding>(reads_for(facts).y) ||
        !std::holds_alternative<Sliding>(reads_for(facts).x))
      continue;
    ++uniform;
    const auto &y = std::get<Sliding>(reads_for(facts).y),
               &x = std::get<Sliding>(reads_for(facts).x);
    const Shape part{facts.shape.c, (facts.shape.h + 1) / 2, (facts.shape.w + 1) / 2};
    const Point at{facts.shape.h - part.h, facts.shape.w - part.w};
    const Rearrange crop = of_crop(one.op, part);
    const Shape from{one.in.c, (part.h - 1) * y.stride + y.reach(),
                     (part.w - 1) * x.stride + x.reach()};
    EXPECT_EQ(facts_for(crop, from).shape, part);
    for (int c = 0; c < part.c; ++c)
      for (int v = 0; v < part.h; ++v)
        for (int u = 0; u < part.w; ++u) {
          const MapPosition inner = source_of(crop, {c, v, u});
          const MapPosition whole = source_of(one.op, {c, at.y + v, at.x + u});
          EXPECT_EQ(inner, (MapPosition{whole[0], whole[1] - (at.y * y.stride - y.pad),
                                        whole[2] - (at.x * x.stride - x.pad)}));
        }
  }
  EXPECT_GE(uniform, 9);
  const Shape in{4, 6, 6};
  const Rearrange fewer = of_crop(stepped(in, 1, 0, 2), {2, 3, 6});
  EXPECT_EQ(facts_for(fewer, {2, 5, 6}).shape, (Shape{2, 3, 6}));
  EXPECT_FALSE(facts_for(transposed(in, {0, 2, 1}), in).uniform);
  EXPECT_FALSE(facts_for(depth_to_space(in, 2), in).uniform);
}

/// Where it can be said by row, column and channel.
TEST(Rearrange, GathersFromItsSources) {
  std::set<std::string> gathered;
  for (const Case& one : cases()) {
    SCOPED_TRACE(one.name);
    const Facts facts = facts_for(one.op, one.in);
    EXPECT_FALSE(facts.uniform && facts.gather);
    const std::optional<Gather> gather = gather_of(one.op);
    EXPECT_TRUE(facts.uniform || facts.gather.has_value() == gather.has_value());
    if (!gather) continue;
    if (facts.gather) gathered.insert(one.name);
    for_each_move(one, facts.shape, [&](const MapPosition& to, const MapPosition& from) {
      const GatherAxis &y = gather->y, &x = gather->x;
      ASSERT_EQ(y.taps.width, 1);
      ASSERT_EQ(x.taps.width, 1);
      const int channel = gather->first_channel + to[0] * gather->channel_step + y.channel(to[1]) +
                          x.channel(to[2]);
      ASSERT_EQ(from, (MapPosition{channel, (*y.taps.index)[std::size_t(to[1])],
                                   (*x.taps.index)[std::size_t(to[2])]}));
    });
  }
  for (const char* name : {"depth to space", "depth to space, by channel", "flipped rows",
                           "expanded", "coarse repeats"})
    EXPECT_TRUE(gathered.contains(name)) << name;
  EXPECT_FALSE(gathered.contains("rows and columns"));
}

TEST(Rearrange, InPlainOrder) {
  for (const Case& one : cases()) {
    SCOPED_TRACE(one.name);
    const Shape out = facts_for(one.op, one.in).shape;
    const FlatMoves moves = flat_moves(one.op, one.in);
    std::size_t value = 0;
    for_each_move(one, out, [&](const MapPosition&, const MapPosition& from) {
      std::ptrdiff_t place = moves.first;
      std::size_t rest = value++;
      for (auto digit = moves.digits.rbegin(); digit != moves.digits.rend(); ++digit) {
        place += std::ptrdiff_t(rest % std::size_t(digit->extent)) * digit->stride;
        rest /= std::size_t(digit->extent);
      }
      ASSERT_EQ(place, (std::ptrdiff_t(from[0]) * one.in.h + from[1]) * one.in.w + from[2]);
    });
  }
  EXPECT_EQ(flat_moves(transposed({4, 5, 6}, {0, 1, 2}), {4, 5, 6}).digits.size(), 1u);
  EXPECT_EQ(flat_moves(transposed({1, 1, 1}, {0, 1, 2}), {1, 1, 1}).digits.size(), 1u);
}

std::string refusal(const NodeOperation& op, const std::vector<Shape>& inputs,
                    const Shape& wanted) {
  try {
    output_shape("n", op, inputs, wanted);
  } catch (const ModelError& error) {
    return error.what();
  }
  return "";
}

TEST(Rearrange, RefusesWhatLiesOutside) {
  const Shape in{4, 6, 5};
  Rearrange late = stepped(in, 1, 1, 2), none = late, wrong = late;
  late.start[1] = 2;
  none.digits[0][0].extent = 0;
  wrong.digits[2][0].axis = 3;
  EXPECT_THAT(refusal(late, {in}, {}), HasSubstr("reads 2 to 6 along axis 1"));
  EXPECT_THAT(refusal(none, {in}, {}), HasSubstr("not positive"));
  EXPECT_THAT(refusal(wrong, {in}, {}), HasSubstr("axis 3"));
  EXPECT_THAT(refusal(late, {}, {}), HasSubstr("0 inputs"));
}

Parameter constant(const Shape& shape) {
  return {std::make_shared<const std::vector<float>>(shape.volume(), 1.f)};
}

TEST(Constant, HasTheNodesShape) {
  EXPECT_EQ(output_shape("n", constant({2, 3, 4}), {}, {2, 3, 4}), (Shape{2, 3, 4}));
  EXPECT_THAT(refusal(constant({2, 3, 4}), {}, {2, 3, 5}), HasSubstr("24 numbers where 30"));
  EXPECT_THAT(refusal(constant({2, 3, 4}), {{2, 3, 4}}, {2, 3, 4}), HasSubstr("1 inputs"));
}

TEST(RearrangeTheory, BlocksAreWindowsAndBack) {
  GraphBuilder net({3, 24, 24});
  const int blocks = net.add("blocks", space_to_depth({3, 24, 24}, 4), {0});
  const int conv = net.conv("conv", blocks, {3, 1, 1}, 32);
  const int back = net.add("back", depth_to_space(net.shape(conv), 4), {conv});
  const std::vector<Field> fields = theoretical_fields(net.graph);
  EXPECT_EQ(fields[std::size_t(blocks)].y.size(), 4);
  EXPECT_EQ(fields[std::size_t(blocks)].y.stride(), 4);
  EXPECT_EQ(fields[std::size_t(conv)].x.size(), 12);
  EXPECT_EQ(fields[std::size_t(back)].x.stride(), 1);
  EXPECT_FALSE(fields[std::size_t(back)].global);
  for (const Point at : {Point{0, 0}, Point{7, 8}, Point{11, 23}}) {
    const Rect box = neuron_box(net.graph, back, at).clipped;
    const int y = at.y / 4 * 4, x = at.x / 4 * 4;
    EXPECT_EQ(box, intersect(Rect{y - 4, x - 4, y + 8, x + 8}, Rect{0, 0, 24, 24}));
  }
}

TEST(RearrangeTheory, ConstantsSeeNothing) {
  GraphBuilder net({3, 8, 8});
  const int patches = net.conv("patches", 0, {4, 4}, 6);  // 2 x 2
  const int tokens = net.add("tokens", Reshape{}, {patches}, {6, 1, 4});
  const int token = net.add("token", constant({6, 1, 1}), {}, {6, 1, 1});
  const int joined = net.concat("joined", {token, tokens}, 2);
  const int places = net.add("places", constant({6, 1, 5}), {}, {6, 1, 5});
  const int sum = net.sum("sum", {joined, places});
  const int gated = net.sum("gated", {patches, token});
  const std::vector<Field> fields = theoretical_fields(net.graph);
  EXPECT_EQ(fields[std::size_t(token)].y.size(), 0);
  EXPECT_EQ(clipped_box(fields[std::size_t(token)], {0, 0}, {8, 8}), Rect{});
  EXPECT_EQ(fields[std::size_t(gated)].y.size(), 4);
  EXPECT_EQ(fields[std::size_t(gated)].y.stride(), 4);
  EXPECT_TRUE(fields[std::size_t(gated)].aligned());
  EXPECT_FALSE(fields[std::size_t(gated)].has_global_path());
  EXPECT_TRUE(neuron_box(net.graph, sum, {0, 0}).clipped.empty());
  EXPECT_EQ(neuron_box(net.graph, sum, {0, 1}).clipped, (Rect{0, 0, 8, 8}));
  EXPECT_EQ(channel_fields(net.graph)[std::size_t(gated)].at(3).y.size(), 4);
  const TheoryTable table = theory_table(net.graph, {{"gated", gated}, {"sum", sum}});
  EXPECT_EQ(table.rows[0].size, (TheoryRow::Pair{4, 4}));
  EXPECT_EQ(table.rows[0].input, (Size{2, 2}));
  EXPECT_FALSE(table.rows[1].followed);  // rows of tokens
}

}  // namespace
}  // namespace rfmap
