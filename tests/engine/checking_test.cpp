#include <limits>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "rfmap/error.h"

#include "checking/engine.h"
#include "faulty_engine.h"
#include "random_network.h"

// The checking engine must find what is wrong with an engine, and name the step. That it finds
// nothing where nothing is wrong: agreement_test.cpp and windows_test.cpp.
using namespace rfmap;
using namespace rfmap::plan;
using namespace rfmap::testing_engines;

namespace {

constexpr float kTolerance = 3e-5f;

std::unique_ptr<Engine> checked(const Fault& fault) {
  return make_checking_engine(std::make_unique<FaultyEngine>(engine_of("cpu"), fault),
                              engine_of("reference"), kTolerance);
}

/// What the check says of the values of `nodes`; empty where it finds nothing.
std::string finding(const Fault& fault, const Graph& graph, const std::vector<int>& nodes,
                    const std::vector<float>& images) {
  try {
    maps_of(*checked(fault), graph, nodes, images);
    return "";
  } catch (const EngineError& error) {
    return error.what();
  }
}

/// A drawn layer of those that are computed for `nodes`.
std::string random_layer(Draw& draw, const Graph& graph, const std::vector<int>& nodes) {
  const Program program = map_program(graph, nodes, 1);
  std::vector<std::string> layers;
  for (const Step& step : program.steps)
    if (std::holds_alternative<Compute>(step.kind))
      layers.push_back(program.values[step.output].layer);
  return layers[draw.below(int(layers.size()))];
}

/// In how many of some random networks a fault in a drawn layer is found; then it is named.
int faults_found(bool all_values) {
  constexpr unsigned kNetworks = 40;
  int found = 0;
  for (unsigned seed = 0; seed < kNetworks; ++seed) {
    const Graph graph = random_network(seed);
    Draw draw(seed);
    const std::vector<int> nodes =
        all_values ? all_nodes(graph) : std::vector{int(graph.nodes.size()) - 1};
    const std::string layer = random_layer(draw, graph, nodes);
    const std::string said =
        finding(wrong_layer(layer), graph, nodes, draw.values(2 * graph.input().volume()));
    if (said.empty()) continue;
    ++found;
    EXPECT_THAT(said, testing::AllOf(testing::StartsWith(layer + " ("),
                                     testing::Not(testing::HasSubstr("reading"))))
        << "seed " << seed;
  }
  return found;
}

TEST(Checking, NamesTheLayerThatIsWrongWhereAllValuesAreRead) { EXPECT_EQ(faults_found(true), 40); }

TEST(Checking, NamesTheLayerThatIsWrongWhereOnlyTheLastValueIsRead) {
  EXPECT_GE(faults_found(false), 35) << "a later layer may hide one";
}

/// Images and a convolution with a ReLU.
class CheckingOneLayer : public testing::Test {
 protected:
  CheckingOneLayer() : net_({2, 9, 9}) {
    net_.add(random_conv(draw_, 2, 3, {3, 3}));
    net_.add(relu());
    images_ = draw_.values(2 * net_.graph.input().volume());
  }

  std::string finding(const Fault& fault, const ProgramSet& set) {
    const auto engine = checked(fault);
    const auto session = engine->compile(set);
    Call call;
    call.images = images_;
    Reply reply;
    try {
      session->run(0, call, reply);
      return "";
    } catch (const EngineError& error) {
      return error.what();
    }
  }
  ProgramSet scan() { return {{}, {scan_program(net_.graph, {{2, {}}}, 2, false)}, {}, 0}; }

  Draw draw_{3};
  Network net_;
  std::vector<float> images_;
};

TEST_F(CheckingOneLayer, SaysNothingWhereNothingIsWrong) { EXPECT_EQ(finding({}, scan()), ""); }

/// Of the scan's reply.
Fault wrong_extremum(int index, std::function<void(Extremum&)> change) {
  Fault fault;
  fault.in_reply = [=](Reply& reply) {
    if (!reply.extrema.empty()) change(reply.extrema[0][index]);
  };
  return fault;
}

TEST_F(CheckingOneLayer, SaysByHowMuchAndWhere) {
  EXPECT_THAT(finding(wrong_extremum(4, [](Extremum& e) { e.value += 1; }), scan()),
              testing::AllOf(testing::HasSubstr("reading extrema"),
                             testing::HasSubstr("faulty and reference differ by 1 ("),
                             testing::HasSubstr("in sample 1, channel 1, row"),
                             testing::HasSubstr("every step's output by itself is the same")));
}

TEST_F(CheckingOneLayer, FindsAnExtremumThatLiesElsewhere) {
  const Fault beside =
      wrong_extremum(2, [](Extremum& e) { e.position.y = (e.position.y + 1) % 7; });
  EXPECT_THAT(finding(beside, scan()), testing::HasSubstr("in sample 0, channel 2"));
  const Fault outside = wrong_extremum(2, [](Extremum& e) { e.position.y = -1; });
  EXPECT_THAT(finding(outside, scan()), testing::HasSubstr("differ by inf"));
}

TEST_F(CheckingOneLayer, NamesTheLayerWhereNaNBegins) {
  Fault fault;
  fault.in_program = [](Program& program) {
    for (Step& step : program.steps)
      if (auto* compute = std::get_if<Compute>(&step.kind))
        std::get<Conv>(compute->op).bias =
            numbers(std::vector<float>(3, std::numeric_limits<float>::quiet_NaN()));
  };
  ProgramSet set = scan();
  EXPECT_THAT(finding(fault, set), testing::StartsWith(net_.graph.nodes[1].name + " ("));
}

TEST_F(CheckingOneLayer, ChecksWhatAProgramLeavesToLaterOnes) {
  const Program whole = map_program(net_.graph, {2}, 2);
  ProgramSet set{{{net_.shape(2), 2, 0, "kept"}}, {whole}, {}, 0};
  set.programs[0].steps.pop_back();  // nothing is read
  const std::string layer = whole.values.back().layer;
  EXPECT_EQ(finding(wrong_layer(layer), set), "");
  set.programs[0].values.back().resident = 0;
  EXPECT_EQ(finding({}, set), "");
  EXPECT_THAT(finding(wrong_layer(layer), set), testing::StartsWith(layer + " ("));
}

TEST_F(CheckingOneLayer, GivesTheRepliesOfTheTestedEngine) {
  const std::vector<int> nodes = all_nodes(net_.graph);
  EXPECT_EQ(maps_of(*checked({}), net_.graph, nodes, images_),
            maps_of(*engine_of("cpu"), net_.graph, nodes, images_));
}

}  // namespace
