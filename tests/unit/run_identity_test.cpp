// Runs are identified by the typed configuration, whether it comes from the command line or not.
#include <functional>
#include <vector>

#include <gtest/gtest.h>

#include "run/record.h"

namespace rfmap {
namespace {

Setup small_setup() {
  Setup setup;
  setup.model.graph.nodes.resize(1);
  setup.model.graph.nodes[0].shape = {3, 8, 8};
  return setup;
}

TEST(Identity, DiffersWithEveryChoiceOfALibrarysRun) {
  const rfmap::Setup setup = small_setup();
  const Config standard;
  const Identity same = identify(setup, standard, "cpu");
  EXPECT_EQ(same, identify(setup, standard, "cpu"));
  const std::vector<std::function<void(Config&)>> changes{
      [](Config& c) { c.weights_control = WeightsControl::shuffle; },
      [](Config& c) { c.cluster = Cluster::folder; },
      [](Config& c) { c.keep_maps = true; },
      [](Config& c) { c.with_gradient = true; },
      [](Config& c) { c.layers = {"conv1"}; },
      [](Config& c) { c.units = "0-3"; },
      [](Config& c) { c.before_activation = true; },
      [](Config& c) { c.top_k = 3; },
      [](Config& c) { c.bottom_k = 3; },
      [](Config& c) {
        c.occluder = {5, 5};
      },
      [](Config& c) {
        c.stride = {1, 1};
      },
      [](Config& c) { c.fill = Fill::gray; },
      [](Config& c) { c.seed = 1; },
      [](Config& c) { c.overhang = true; },
      [](Config& c) { c.response = Response::max; },
      [](Config& c) { c.rules.recentre = Recentre::first; },
      [](Config& c) { c.rules.discrepancy = Discrepancy::abs; },
      [](Config& c) { c.rules.deposit = Deposit::footprint; },
      [](Config& c) { c.rules.upsample = Upsample::nearest; },
      [](Config& c) { c.rules.normalize = Normalize::peak; },
      [](Config& c) { c.rules.border = Border::zero; },
      [](Config& c) { c.rules.size_rule = SizeRule::box; },
      [](Config& c) { c.rules.size_cut = 0.2; },
      [](Config& c) { c.strategy = Strategy::full; },
      [](Config& c) { c.batch = 7; },
      [](Config& c) { c.precision = "fp16"; }};
  for (std::size_t i = 0; i < changes.size(); ++i) {
    Config other = standard;
    changes[i](other);
    EXPECT_NE(identify(setup, other, "cpu"), same) << "change " << i;
  }
}

}  // namespace
}  // namespace rfmap
