#include <functional>
#include <limits>

#include "rfmap/error.h"

#include "occluding.h"
#include "one_operation.h"

using namespace rfmap;
using namespace rfmap::plan;
using namespace rfmap::testing_engines;

namespace {

class Reads : public OnEngine {
 protected:
  Reply scan(const Graph& graph, const std::vector<Target>& targets, bool minima,
             const std::vector<float>& images) {
    ProgramSet set;
    const int batch = int(images.size() / graph.input().volume());
    set.programs = {scan_program(graph, targets, batch, minima)};
    const auto session = engine_->compile(set);
    Call call;
    call.images = images;
    Reply reply;
    session->run(0, call, reply);
    return reply;
  }
};

/// One channel per unit, equal to the input's: a convolution in the library's layout.
Graph copying(int channels, Size size) {
  Network net({channels, size.h, size.w});
  Conv conv;
  conv.groups = conv.out_channels = channels;
  conv.weights = numbers(std::vector<float>(channels, 1));
  net.add(conv);
  return net.graph;
}

std::string sentence_of(const std::function<void()>& action) {
  try {
    action();
  } catch (const EngineError& error) {
    return error.what();
  }
  return "no error";
}

TEST_P(Reads, ExtremaAndWhereTheyLieFirst) {
  const Graph graph = copying(3, {2, 3});
  const std::vector<float> images{1,  5, 5, 0, 5, 2,   // channel 0: 5 three times, 0 once
                                  -1, 0, 0, 0, 0, -1,  // channel 1: extrema tie
                                  7,  7, 7, 7, 7, 7,   // channel 2: constant
                                  9,  0, 0, 0, 0, 0,   // second sample
                                  0,  9, 0, 0, 0, 0,  0, 0, 0, 0, 0, 9};
  const Reply reply = scan(graph, {{1, {}}, {1, {2, 0}}}, true, images);
  ASSERT_EQ(reply.extrema.size(), 4u);
  const auto at = [&](int table, int i) { return reply.extrema[table][i]; };
  ASSERT_EQ(reply.extrema[0].size(), 6u);
  EXPECT_EQ(at(0, 0).value, 5);
  EXPECT_EQ(at(0, 0).position, (Point{0, 1}));
  EXPECT_EQ(at(0, 1).position, (Point{0, 1}));
  EXPECT_EQ(at(0, 2).position, (Point{0, 0}));
  EXPECT_EQ(at(0, 3).position, (Point{0, 0}));
  EXPECT_EQ(at(0, 5).position, (Point{1, 2}));
  EXPECT_EQ(at(1, 0).value, 0);  // minima
  EXPECT_EQ(at(1, 0).position, (Point{1, 0}));
  EXPECT_EQ(at(1, 1).value, -1);
  EXPECT_EQ(at(1, 1).position, (Point{0, 0}));
  ASSERT_EQ(reply.extrema[2].size(), 4u);  // units 2 and 0 of two samples
  EXPECT_EQ(at(2, 0).value, 7);
  EXPECT_EQ(at(2, 1).value, 5);
  EXPECT_EQ(at(2, 2).position, (Point{1, 2}));
  EXPECT_EQ(at(0, 0).ties.count, 3);
  EXPECT_NEAR(at(0, 0).ties.centre.y, 1 / 3., 1e-6);
  EXPECT_NEAR(at(0, 0).ties.centre.x, 4 / 3., 1e-6);
  EXPECT_EQ(at(0, 0).ties.nearest, (Point{0, 1}));
  EXPECT_EQ(at(0, 2).ties.count, 6);
  EXPECT_EQ(at(0, 2).ties.centre.y, 0.5f);
  EXPECT_EQ(at(0, 2).ties.centre.x, 1);
  EXPECT_EQ(at(0, 2).ties.nearest, (Point{0, 1}));
  EXPECT_EQ(at(0, 3).ties.count, 1);
  EXPECT_EQ(at(0, 3).ties.nearest, (Point{0, 0}));
}

/// Mirrored maps have mirrored ties: only the last criterion distinguishes left from right.
TEST_P(Reads, TiesMirror) {
  const Graph graph = copying(1, {3, 4});
  const std::vector<float> map{0, 0, 0, 0, 1, 5, 5, 3, 0, 0, 0, 0};
  const std::vector<float> mirrored{0, 0, 0, 0, 3, 5, 5, 1, 0, 0, 0, 0};
  const Ties a = scan(graph, {{1, {}}}, false, map).extrema[0][0].ties;
  const Ties b = scan(graph, {{1, {}}}, false, mirrored).extrema[0][0].ties;
  EXPECT_EQ(a.count, 2);
  EXPECT_EQ(a.nearest, (Point{1, 2}));  // next to the 3
  EXPECT_EQ(b.nearest, (Point{1, 1}));
  EXPECT_EQ(a.centre.x, 1.5f);
  EXPECT_EQ(b.centre.x, 1.5f);
}

TEST_P(Reads, ExtremaOfManyChannelsAgreeWithTheMap) {
  Draw draw(31);
  const Graph graph = copying(37, {5, 6});
  std::vector<float> images(2 * graph.input().volume());
  for (float& v : images) v = float(draw.below(9)) - 4;  // many ties
  const Reply reply = scan(graph, {{1, {}}}, true, images);
  for (int n = 0; n < 2; ++n) {
    for (int c = 0; c < 37; ++c) {
      const auto first = images.begin() + (n * 37 + c) * 30;
      const auto most = std::max_element(first, first + 30),
                 least = std::min_element(first, first + 30);
      const Extremum high = reply.extrema[0][n * 37 + c], low = reply.extrema[1][n * 37 + c];
      EXPECT_EQ(high.value, *most);
      EXPECT_EQ(high.position.y * 6 + high.position.x, most - first);
      EXPECT_EQ(high.ties.count, std::count(first, first + 30, *most));
      EXPECT_EQ(low.ties.count, std::count(first, first + 30, *least));
      EXPECT_EQ(low.value, *least);
      EXPECT_EQ(low.position.y * 6 + low.position.x, least - first);
    }
  }
}

TEST_P(Reads, ResponsesByLocationMaximumAndSum) {
  const Graph graph = copying(3, {2, 2});
  const float large = GetParam() == "cuda-fp16" ? 65504 : 1e8f;  // fp16's largest number
  const std::vector<float> image{1, 2, 3, 4, -1, -2, -3, -4, large, 1, -large, 0.5f};
  const float want[][3] = {{2, -2, 1}, {4, -1, large}, {10, -10, 1.5f}};  // sums in double
  for (const Response kind : {Response::location, Response::max, Response::sum}) {
    Occluding run(*engine_, graph, {1}, 1, {1, 1}, 1, 1, kind);
    run.set_patches({0, 0, 0});
    run.load(image);
    const std::vector<float> got = run.responses({{}}, {{0, {0, 1}}, {1, {0, 1}}, {2, {0, 1}}});
    EXPECT_TRUE(is(got, {want[int(kind)], want[int(kind)] + 3})) << int(kind);
  }
}

TEST_P(Reads, NotFiniteIsAnErrorThatNamesTheLayer) {
  const Graph graph = copying(2, {3, 3});
  for (const float bad :
       {std::numeric_limits<float>::quiet_NaN(), std::numeric_limits<float>::infinity(),
        -std::numeric_limits<float>::infinity()}) {
    std::vector<float> image(18, 1);
    image[13] = bad;  // channel 1, position 1, 1
    const std::string scanned = sentence_of([&] { scan(graph, {{1, {}}}, true, image); });
    EXPECT_THAT(scanned, testing::HasSubstr(graph.nodes[1].name));
    EXPECT_NO_THROW(scan(graph, {{1, {0}}}, false, image)) << "the other channel is not read";
    for (const Response kind : {Response::location, Response::max, Response::sum}) {
      Occluding run(*engine_, graph, {1}, 1, {1, 1}, 1, 1, kind);
      run.set_patches({0, 0});
      run.load(image);
      const auto read = [&] { run.responses({{}}, {{1, {1, 1}}}); };
      EXPECT_THAT(sentence_of(read), testing::HasSubstr(graph.nodes[1].name)) << int(kind);
    }
  }
}

TEST_P(Reads, CallsThatDoNotFitAreRefused) {
  const Graph graph = copying(2, {3, 3});
  Occluding run(*engine_, graph, {1}, 2, {1, 1});
  const auto refuses = [&](const std::string& part, const std::function<void()>& action) {
    EXPECT_THAT(sentence_of(action), testing::HasSubstr(part));
  };
  refuses("image values", [&] { run.load({1, 2, 3}); });
  refuses("patch values", [&] { run.set_patches({1}); });
  const std::vector<Read> reads{{0, {0, 0}}};
  refuses("occluders given", [&] { run.run({{}}, {reads}); });
  refuses("image slot 1", [&] { run.run({{}, {{0, 0}, -1, 1}}, {reads}); });
  refuses("patch 1", [&] { run.run({{}, {{0, 0}, 1, 0}}, {reads}); });
  refuses("tables of reads", [&] { run.run({{}, {}}, {}); });
  refuses("outside the map", [&] { run.run({{}, {}}, {{{0, {3, 0}}}}); });
  refuses("outside the map", [&] { run.run({{}, {}}, {{{2, {0, 0}}}}); });
}

INSTANTIATE_TEST_SUITE_P(Engines, Reads, testing::ValuesIn(engines_under_test()));

}  // namespace
