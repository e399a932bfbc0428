#include "kernels/reads.h"

#include "one_layer.h"
#include "reference/windows.h"

using namespace rfmap;
using namespace rfmap::plan;
using namespace rfmap::kernels;
using namespace rfmap::testing_kernels;

namespace {

constexpr Response kKinds[] = {Response::location, Response::max, Response::sum};

/// A map with few values, so that extrema occur more than once.
void draw_ties(Buffer& buffer, int batch, Draw& draw) {
  const Shape& shape = buffer.shape();
  for (int n = 0; n < batch; ++n)
    for (int c = 0; c < shape.c; ++c)
      for (int y = 0; y < shape.h; ++y)
        for (int x = 0; x < shape.w; ++x) buffer.set(n, c, y, x, float(draw.below(5) - 2));
}

TEST(KernelReads, ResponsesOfEverySample) {
  for (Response kind : kKinds)
    for (const Shape& shape : {Shape{1, 1, 1}, Shape{5, 3, 4}, Shape{4, 9, 11}})
      for_storages([&](DType type, int more) {
        Draw draw(17);
        Buffer in(type, 3, shape, more);
        in.draw(draw);
        std::vector<Read> reads;
        for (int i = 0; i < 7; ++i)
          reads.push_back({draw.below(shape.c), {draw.below(shape.h), draw.below(shape.w)}});
        std::vector<float> got(3 * reads.size()), want;
        spread(got.data(), ResponseReads{in.tensor(), kind, reads.data(), int(reads.size())},
               HostLoop{});
        for (int n = 0; n < 3; ++n)
          for (const Read& read : reads)
            want.push_back(reference::respond(kind, in.sample(n), read, "test"));
        EXPECT_TRUE(all_near(got, want, 0, 1e-6f));
      });
}

TEST(KernelReads, PointsOfAList) {
  for (Response kind : kKinds)
    for_storages([&](DType type, int more) {
      const Shape shape{5, 3, 4};
      Draw draw(18);
      Buffer in(type, 4, shape, more);
      in.draw(draw);
      std::vector<PointRead> points;
      for (int i = 0; i < 23; ++i)
        points.push_back(
            {draw.below(4), draw.below(5), {draw.below(shape.h), draw.below(shape.w)}});
      std::vector<float> got(points.size()), want;
      spread(got.data(), PointReads{in.tensor(), kind, points.data(), int(points.size())},
             HostLoop{});
      for (const PointRead& p : points)
        want.push_back(
            reference::respond(kind, in.sample(p.sample), {p.channel, p.position}, "test"));
      EXPECT_TRUE(all_near(got, want, 0, 1e-6f));
    });
}

TEST(KernelReads, LiveCellsAlone) {
  for (Response kind : kKinds)
    for_storages([&](DType type, int more) {
      const Shape shape{3, 6, 7};
      Draw draw(22);
      Buffer in(type, 5, shape, more);
      in.draw(draw);
      std::vector<Point> windows;
      std::vector<Rect> live, within;
      std::vector<PointRead> points;
      for (int n = 0; n < 5; ++n) {
        const int y0 = draw.below(6), x0 = draw.below(7);
        within.push_back({y0, x0, y0 + 1 + draw.below(6 - y0), x0 + 1 + draw.below(7 - x0)});
        windows.push_back({draw.below(9), draw.below(9)});
        const Rect& r = within.back();
        const Point& at = windows.back();
        live.push_back({r.y0 + at.y, r.x0 + at.x, r.y1 + at.y, r.x1 + at.x});
        for (int c = 0; c < 3; ++c) points.push_back({n, c, {r.y0, r.x0}});
      }
      std::vector<float> got(points.size()), want;
      spread(got.data(),
             PointReads{in.tensor(), kind, points.data(), int(points.size()), live.data(),
                        windows.data()},
             HostLoop{});
      for (const PointRead& p : points)
        want.push_back(
            reference::read_window(kind, in.sample(p.sample), p, within[p.sample], "test"));
      EXPECT_TRUE(all_near(got, want, 0, 1e-6f));
    });
}

TEST(KernelReads, ExtremaAreTheFirstInRowMajorOrder) {
  for (bool minimum : {false, true})
    for (const Shape& shape : {Shape{1, 1, 1}, Shape{6, 3, 5}, Shape{5, 13, 13}})
      for_storages([&](DType type, int more) {
        Draw draw(19);
        Buffer in(type, 2, shape, more);
        draw_ties(in, 2, draw);
        std::vector<int> channels;
        for (int c = shape.c - 1; c >= 0; c -= 2) channels.push_back(c);
        std::vector<Extremum> got(2 * channels.size());
        spread(got.data(),
               ExtremaReads{in.tensor(), channels.data(), int(channels.size()), minimum},
               HostLoop{});
        for (int n = 0; n < 2; ++n)
          for (std::size_t i = 0; i < channels.size(); ++i) {
            const Extremum want = reference::extremum(in.sample(n), channels[i], minimum, "test");
            EXPECT_EQ(got[n * channels.size() + i].value, want.value);
            const Extremum& here = got[n * channels.size() + i];
            EXPECT_EQ(here.position, want.position);
            EXPECT_EQ(here.ties.count, want.ties.count);
            if (want.value == 0) continue;  // never ranked
            EXPECT_EQ(here.ties.nearest, want.ties.nearest);
            EXPECT_EQ(here.ties.centre.y, want.ties.centre.y);
            EXPECT_EQ(here.ties.centre.x, want.ties.centre.x);
          }
      });
}

TEST(KernelReads, WhatIsNotFiniteIsSeen) {
  for (float bad : {std::nanf(""), std::numeric_limits<float>::infinity(),
                    -std::numeric_limits<float>::infinity()})
    for (int cell : {0, 20, 34}) {
      Draw draw(20);
      Buffer in(DType::f32, 1, {2, 5, 7});
      in.draw(draw);
      in.set(0, 1, cell / 7, cell % 7, bad);
      const Read reads[] = {{0, {0, 0}}, {1, {0, 0}}};
      const int channels[] = {0, 1};
      float responses[2];
      Extremum extrema[2];
      for (Response kind : {Response::max, Response::sum}) {
        spread(responses, ResponseReads{in.tensor(), kind, reads, 2}, HostLoop{});
        EXPECT_TRUE(std::isfinite(responses[0]));
        EXPECT_FALSE(std::isfinite(responses[1])) << bad << " in cell " << cell;
      }
      for (bool minimum : {false, true}) {
        spread(extrema, ExtremaReads{in.tensor(), channels, 2, minimum}, HostLoop{});
        EXPECT_TRUE(std::isfinite(extrema[0].value));
        EXPECT_TRUE(std::isnan(extrema[1].value)) << bad << " in cell " << cell;
      }
    }
}

}  // namespace
