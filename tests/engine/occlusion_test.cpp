#include "rfmap/occlusion.h"

#include <gtest/gtest.h>

#include "rfmap/field.h"

#include "occluding.h"
#include "one_operation.h"

using namespace rfmap;
using namespace rfmap::plan;
using namespace rfmap::testing_engines;

namespace {

class Occlusion : public OnEngine {};

constexpr Size kPatch{5, 4};

/// Two convolutions with padding and a pooling, so that fields are cut by the border.
Graph padded_network(Draw& draw) {
  Network net({3, 25, 23});
  Conv first = random_conv(draw, 3, 16, {5, 5});
  first.stride = {2, 2};
  first.pad = {2, 1, 2, 1};
  net.add(first);
  net.add(relu());
  Pool pool;
  pool.kernel = {3, 3};
  pool.stride = {2, 2};
  pool.ceil_mode = true;
  net.add(pool);
  Conv second = random_conv(draw, 16, 12, {3, 3});
  second.pad = {1, 1, 1, 1};
  net.add(second);
  return net.graph;
}

/// Every position of a patch at stride 1 that touches the image, including those that extend beyond
/// the corners.
std::vector<Occluder> everywhere(const Shape& input) {
  const Grid grid = make_grid({input.h, input.w}, kPatch, {1, 1}, Overhang::yes);
  std::vector<Occluder> occluders;
  for (int i = 0; i < grid.positions(); ++i) occluders.push_back({grid.origin(i), 0, 0});
  return occluders;
}

TEST_P(Occlusion, OutsideTheFieldNothingChangesAtAll) {
  Draw draw(3);
  const Graph graph = padded_network(draw);
  const int node = int(graph.nodes.size()) - 1;
  const Shape map = graph.nodes[node].shape;
  const Field field = theoretical_fields(graph)[node];
  Occluding run(*engine_, graph, {node}, 16, kPatch);
  run.set_patches(draw.values(3 * 5 * 4, 3));
  run.load(draw.values(graph.input().volume()));
  int changed = 0, outside = 0;
  for (const Point at : {Point{0, 0}, {map.h - 1, map.w - 1}, {map.h / 2, map.w / 2}}) {
    const std::vector<Read> reads{{0, at}, {7, at}};
    const Rect box = clipped_box(field, at, {graph.input().h, graph.input().w});
    const std::vector<Occluder> all = everywhere(graph.input());
    const std::vector<float> change = run.changes(all, reads);
    for (std::size_t i = 0; i < all.size(); ++i) {
      const Point o = all[i].origin;
      const bool misses = intersect(box, {o.y, o.x, o.y + kPatch.h, o.x + kPatch.w}).empty();
      for (std::size_t r = 0; r < reads.size(); ++r) {
        ASSERT_TRUE(!misses || change[2 * i + r] == 0) << o.y << " " << o.x;
        changed += change[2 * i + r] != 0;
      }
      outside += misses;
    }
  }
  EXPECT_GT(outside, 500);
  EXPECT_GT(changed, 500);
}

TEST_P(Occlusion, OfALinearUnitIsTheWeightedDifferenceUnderThePatch) {
  Draw draw(4);
  Network net({3, 12, 13});
  const Conv conv = random_conv(draw, 3, 8, {4, 5});
  net.add(conv);
  const std::vector<float> image = draw.values(net.shape(0).volume());
  const std::vector<float> patch = draw.values(3 * 5 * 4, 2);
  Occluding run(*engine_, net.graph, {1}, 8, kPatch);
  run.set_patches(patch);
  run.load(image);
  const Read read{6, {3, 4}};
  const std::vector<Occluder> all = everywhere(net.graph.input());
  const std::vector<float> change = run.changes(all, {read});
  std::vector<float> want;
  for (const Occluder& occluder : all) {
    double sum = 0;
    for (int c = 0; c < 3; ++c) {
      for (int ky = 0; ky < 4; ++ky) {
        for (int kx = 0; kx < 5; ++kx) {
          const int y = read.position.y + ky, x = read.position.x + kx;
          const int py = y - occluder.origin.y, px = x - occluder.origin.x;
          if (py < 0 || py >= kPatch.h || px < 0 || px >= kPatch.w) continue;
          const double weight = (*conv.weights)[((read.channel * 3 + c) * 4 + ky) * 5 + kx];
          sum += weight * (double(patch[(c * 5 + py) * 4 + px]) - image[(c * 12 + y) * 13 + x]);
        }
      }
    }
    want.push_back(float(sum));
  }
  EXPECT_TRUE(all_near(change, want, 3e-6f, 0));
}

TEST_P(Occlusion, WithTheImageItselfChangesNothing) {
  Draw draw(5);
  const Graph graph = padded_network(draw);
  const int node = int(graph.nodes.size()) - 1;
  const std::vector<float> image = draw.values(graph.input().volume());
  const Point origin{6, 9};
  std::vector<float> patch;
  for (int c = 0; c < 3; ++c)
    for (int y = 0; y < kPatch.h; ++y)
      for (int x = 0; x < kPatch.w; ++x)
        patch.push_back(image[(c * 25 + origin.y + y) * 23 + origin.x + x]);
  Occluding run(*engine_, graph, {node}, 4, kPatch);
  run.set_patches(patch);
  run.load(image);
  const std::vector<Read> reads = every_read(graph.nodes[node].shape);
  for (float change : run.changes({{origin, 0, 0}}, reads)) ASSERT_EQ(change, 0);
  // One pixel further the patch no longer equals the image.
  EXPECT_GT(largest(run.changes({{{6, 10}, 0, 0}}, reads)), 0);
}

TEST_P(Occlusion, EqualsPassesOverImagesOccludedByHand) {
  Draw draw(6);
  const Graph graph = padded_network(draw);
  const Shape input = graph.input();
  const int node = int(graph.nodes.size()) - 1, slots = 3, patches = 2;
  const std::vector<float> images = draw.values(slots * input.volume());
  const std::vector<float> values = draw.values(patches * 3 * 5 * 4, 2);
  // Beyond all four corners, in the middle, and no occluder at all.
  const std::vector<Occluder> occluders{{{-3, -2}, 0, 0}, {{-4, 21}, 1, 1}, {{22, -1}, 0, 2},
                                        {{23, 20}, 1, 0}, {{10, 9}, 0, 1},  {{10, 9}, -1, 2}};
  std::vector<float> occluded;
  for (const Occluder& o : occluders) {
    for (int c = 0; c < 3; ++c) {
      for (int y = 0; y < input.h; ++y) {
        for (int x = 0; x < input.w; ++x) {
          const int py = y - o.origin.y, px = x - o.origin.x;
          const bool under = o.patch >= 0 && py >= 0 && py < 5 && px >= 0 && px < 4;
          occluded.push_back(under ? values[((o.patch * 3 + c) * 5 + py) * 4 + px]
                                   : images[((o.image * 3 + c) * input.h + y) * input.w + x]);
        }
      }
    }
  }
  Occluding run(*engine_, graph, {node}, int(occluders.size()), kPatch, slots, patches);
  run.set_patches(values);
  run.load(images);
  const std::vector<float> got = run.responses(occluders, every_read(graph.nodes[node].shape));
  const auto want = maps_of(*engine_, graph, {node}, occluded);
  EXPECT_TRUE(rfmap::all_near(got, want[0], 0, 0));
}

TEST_P(Occlusion, ReadsSeveralLayersAndTheImageItself) {
  Draw draw(7);
  const Graph graph = padded_network(draw);
  const std::vector<int> nodes{3, 0, 1, 4};  // pooling, input, raw convolution, last
  Occluding run(*engine_, graph, nodes, 2, kPatch);
  run.set_patches(draw.values(3 * 5 * 4));
  const std::vector<float> image = draw.values(graph.input().volume());
  run.load(image);
  const auto maps = maps_of(*engine_, graph, nodes, image);
  std::vector<std::vector<Read>> reads;
  for (int node : nodes) reads.push_back(every_read(graph.nodes[node].shape));
  const std::vector<Occluder> none(2);
  const Reply& reply = run.run(none, reads);
  for (std::size_t i = 0; i < nodes.size(); ++i) {
    ASSERT_EQ(reply.responses[i].size(), 2 * maps[i].size());
    const std::vector<float> first(reply.responses[i].begin(),
                                   reply.responses[i].begin() + maps[i].size());
    EXPECT_TRUE(all_near(first, maps[i], 2e-6f, 2e-6f)) << nodes[i];
  }
}

TEST_P(Occlusion, FollowsAShiftOfTheImageByTheStride) {
  Draw draw(8);
  Network net({3, 40, 40});
  Conv conv = random_conv(draw, 3, 8, {5, 5});
  conv.stride = {2, 2};
  net.add(conv);
  net.add(relu());
  Pool pool;
  pool.kernel = {2, 2};
  pool.stride = {2, 2};
  net.add(pool);  // effective stride 4, no padding anywhere
  const std::vector<float> scene = draw.values(3 * 44 * 48);
  const auto crop = [&](int y0, int x0) {
    std::vector<float> out;
    for (int c = 0; c < 3; ++c)
      for (int y = 0; y < 40; ++y)
        for (int x = 0; x < 40; ++x) out.push_back(scene[(c * 44 + y0 + y) * 48 + x0 + x]);
    return out;
  };
  Occluding run(*engine_, net.graph, {3}, 8, kPatch);
  run.set_patches(draw.values(3 * 5 * 4));
  std::vector<Occluder> at, moved;
  for (int i = 0; i < 36; ++i) {
    at.push_back({{12 + i / 6, 12 + i % 6}, 0, 0});
    moved.push_back({{12 + i / 6 - 4, 12 + i % 6 - 8}, 0, 0});
  }
  run.load(crop(0, 0));
  const std::vector<float> before = run.changes(at, {{5, {3, 4}}});
  run.load(crop(4, 8));
  const std::vector<float> after = run.changes(moved, {{5, {2, 2}}});
  EXPECT_GT(largest(before), 0);
  EXPECT_TRUE(all_near(after, before, 1e-6f, 0));
}

INSTANTIATE_TEST_SUITE_P(Engines, Occlusion, testing::ValuesIn(engines_under_test()));

}  // namespace
