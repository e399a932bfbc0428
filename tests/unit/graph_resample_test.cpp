// Facts and fields of resampled maps.
#include <algorithm>
#include <random>
#include <string>
#include <vector>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "rfmap/error.h"
#include "rfmap/field.h"
#include "rfmap/theory.h"

#include "graph_builder.h"
#include "taps.h"

namespace rfmap {
namespace {

using test::GraphBuilder;
using testing::HasSubstr;

class Draw {
 public:
  explicit Draw(unsigned seed) : bits_(seed) {}
  int below(int n) { return int(bits_() % unsigned(n)); }
  /// Positive, so that every tap has an effect.
  float value() { return 0.1f + float(below(100)) * 0.01f; }

 private:
  std::mt19937 bits_;
};

TEST(ResampleFacts, ShapeIsThatOfTheTaps) {
  GraphBuilder net({3, 4, 5});
  const AxisTaps two = axis_taps({{{0, 1}}, {{3, 1}}});
  EXPECT_EQ(net.shape(net.add("rows", Resample{two, {}}, {0})), (Shape{3, 2, 5}));
  EXPECT_EQ(net.shape(net.add("columns", Resample{{}, two}, {0})), (Shape{3, 4, 2}));
  EXPECT_EQ(kind_name(net.graph.nodes.back().op), "resize");
  EXPECT_EQ(macs(net.graph, 2), 0);
}

TEST(ResampleFacts, TapsThatDoNotFitAreRefused) {
  AxisTaps uneven = axis_taps({{{0, 1}, {1, 1}}, {{1, 1}}});
  uneven.width = 3;
  AxisTaps weightless = axis_taps({{{0, 1}}});
  weightless.weight = nullptr;
  const struct {
    AxisTaps taps;
    const char* words;
  } cases[] = {{axis_taps({{{4, 1}}}), "position 4"},
               {axis_taps({{{-2, 1}}}), "position -2"},
               {uneven, "width 3"},
               {weightless, "weight"},
               {axis_taps({}), "multiple"}};
  for (const auto& wrong : cases) {
    try {
      output_shape("here", Resample{wrong.taps, {}}, {{1, 4, 4}});
      ADD_FAILURE() << wrong.words;
    } catch (const ModelError& error) {
      EXPECT_THAT(error.what(), HasSubstr(wrong.words));
      EXPECT_THAT(error.what(), HasSubstr("'here' (resize)"));
    }
  }
}

TEST(ResampleField, ReflectedBordersSeeTheMapOnly) {
  GraphBuilder net({1, 5, 5});
  AxisTaps rows = axis_taps({{{1, 1}}, {{0, 1}}, {{1, 1}}, {{2, 1}}, {{3, 1}}, {{4, 1}}, {{3, 1}}});
  rows.reads.shift = -1;
  const int pad = net.add("pad", Resample{rows, rows, "padding"}, {0});
  const int conv = net.conv("conv", pad, {3}, 1);
  EXPECT_EQ(net.shape(conv), (Shape{1, 5, 5}));
  const Field field = theoretical_fields(net.graph)[std::size_t(conv)];
  EXPECT_EQ(field.y.size(), 3);
  EXPECT_EQ(field.y.stride(), 1);
  EXPECT_EQ(field.y.padding(), 1);
  EXPECT_EQ(clipped_box(field, {0, 2}, {5, 5}), (Rect{0, 1, 2, 4}));
  const NeuronBox box = neuron_box(net.graph, conv, {4, 4});
  EXPECT_EQ(box.clipped, (Rect{3, 3, 5, 5}));
  EXPECT_EQ(box.whole, (Rect{3, 3, 6, 6}));
}

TEST(ResampleField, ZerosBetweenValuesAreNotSeen) {
  GraphBuilder net({1, 4, 4});
  AxisTaps apart = axis_taps({{{0, 1}}, {}, {{1, 1}}, {}, {{2, 1}}, {}, {{3, 1}}});
  apart.reads.scale = 0.5;
  const int zeros = net.add("zeros", Resample{apart, apart}, {0});
  const int conv = net.conv("conv", zeros, {2, 1, 1}, 1);  // reads positions u - 1 and u
  const Field field = theoretical_fields(net.graph)[std::size_t(conv)];
  EXPECT_EQ(field.y.stride(), 0.5);
  EXPECT_TRUE(
      clipped_box(theoretical_fields(net.graph)[std::size_t(zeros)], {1, 1}, {4, 4}).empty());
  for (int u = 0; u < 8; ++u)
    EXPECT_EQ(clipped_box(field, {u, u}, {4, 4}), (Rect{u / 2, u / 2, u / 2 + 1, u / 2 + 1})) << u;
}

/// Which of n input positions have an effect on each position, through two windows of 2 with the
/// taps between them.
std::vector<std::vector<char>> brute_force(const TapLists& taps, int n) {
  std::vector<std::vector<char>> seen;
  for (std::size_t u = 0; u + 1 < taps.size(); ++u) {
    seen.emplace_back(std::size_t(n), char(0));
    for (const auto& list : {taps[u], taps[u + 1]})
      for (const auto& [at, weight] : list)
        for (const int pixel : {at, at + 1}) seen.back()[std::size_t(pixel)] = 1;
  }
  return seen;
}

TEST(ResampleField, IsTheHullOfThePixelsThatAreRead) {
  int compared = 0;
  for (unsigned seed = 0; seed < 200; ++seed) {
    Draw draw(seed);
    const int n = 4 + draw.below(6);
    const TapLists lists = drawn_taps(draw, n - 1, 3 + draw.below(8), 3);
    GraphBuilder net({1, n, n});
    const int first = net.conv("first", 0, {2}, 1);
    const int between = net.add("between", Resample{axis_taps(lists), {}}, {first});
    const int last = net.conv("last", between, {2}, 1);
    const Field field = theoretical_fields(net.graph)[std::size_t(last)];
    const auto seen = brute_force(lists, n);
    for (int u = 0; u < int(seen.size()); ++u, ++compared) {
      const auto& pixels = seen[std::size_t(u)];
      const auto begin = std::find(pixels.begin(), pixels.end(), 1);
      const auto end = std::find(pixels.rbegin(), pixels.rend(), 1);
      const Rect truth = begin == pixels.end()
                             ? Rect{}
                             : Rect{int(begin - pixels.begin()), 0, int(pixels.rend() - end), 3};
      EXPECT_EQ(clipped_box(field, {u, 0}, {n, n}), truth) << "seed " << seed << " at " << u;
      EXPECT_EQ(neuron_box(net.graph, last, {u, 0}).clipped, truth) << "seed " << seed;
    }
  }
  EXPECT_GT(compared, 600);
}

}  // namespace
}  // namespace rfmap
