// Runs are told apart by every choice, whoever filled it in.
#include <functional>
#include <vector>

#include <gtest/gtest.h>

#include "run/record.h"

namespace rfmap {
using namespace run;
namespace {

Run small_run(const Job& job) {
  Run run{job};
  run.model.graph.nodes.resize(1);
  run.model.graph.nodes[0].shape = {3, 8, 8};
  return run;
}

Identity identity_of(const Job& job) { return identify(small_run(job), "cpu"); }

/// The same job with another value of one field of the method or its rules each. The structured
/// bindings fail to compile where a field is added and not listed here.
std::vector<Job> with_one_change() {
  std::vector<Job> jobs;
  const auto add = [&jobs](const std::function<void(Method&)>& change) {
    change(jobs.emplace_back().method);
  };
  const auto method = [&add](int field) {
    add([field](Method& m) {
      auto& [weights_control, cluster, keep_maps, with_gradient, layers, units, before_activation,
             top_k, bottom_k, occluder, stride, fill, seed, overhang, response, rules,
             preprocessing] = m;
      switch (field) {
        case 0:
          weights_control = WeightsControl::shuffle;
          break;
        case 1:
          cluster = Cluster::folder;
          break;
        case 2:
          keep_maps = true;
          break;
        case 3:
          with_gradient = true;
          break;
        case 4:
          layers = {"conv1"};
          break;
        case 5:
          units = "0-3";
          break;
        case 6:
          before_activation = true;
          break;
        case 7:
          top_k = 3;
          break;
        case 8:
          bottom_k = 3;
          break;
        case 9:
          occluder = {5, 5};
          break;
        case 10:
          stride = {1, 1};
          break;
        case 11:
          fill = Fill::gray;
          break;
        case 12:
          seed = 1;
          break;
        case 13:
          overhang = true;
          break;
        case 14:
          response = Response::max;
          break;
        case 15:
          rules.recentre = Recentre::first;
          break;
        default:
          preprocessing.preset = "caffe";
      }
    });
  };
  for (int field = 0; field < 17; ++field) method(field);
  const auto rule = [&add](int field) {
    add([field](Method& m) {
      auto& [recentre, discrepancy, deposit, upsample, normalize, border, size_rule, size_cut,
             resamples] = m.rules;
      switch (field) {
        case 0:
          recentre = Recentre::first;
          break;
        case 1:
          discrepancy = Discrepancy::abs;
          break;
        case 2:
          deposit = Deposit::footprint;
          break;
        case 3:
          upsample = Upsample::nearest;
          break;
        case 4:
          normalize = Normalize::peak;
          break;
        case 5:
          border = Border::zero;
          break;
        case 6:
          size_rule = SizeRule::box;
          break;
        default:
          size_cut = 0.2;
      }
    });
  };
  for (int field = 0; field < 8; ++field) rule(field);
  return jobs;
}

TEST(Identity, DiffersWithEveryFieldOfTheMethod) {
  const Identity same = identity_of({});
  EXPECT_EQ(same, identity_of({}));
  const std::vector<Job> jobs = with_one_change();
  ASSERT_EQ(jobs.size(), 25u);
  for (std::size_t i = 0; i < jobs.size(); ++i)
    EXPECT_NE(fingerprint_of(identity_of(jobs[i])), fingerprint_of(same)) << "change " << i;
}

TEST(Identity, DiffersWithWhatChangesTheBits) {
  const Identity same = identity_of({});
  Job strategy, batch, precision;
  strategy.machine.strategy = Strategy::full;
  batch.machine.batch = 7;
  precision.machine.precision = "fp16";
  for (const Job& job : {strategy, batch, precision}) EXPECT_NE(identity_of(job), same);
  run::Run values = small_run({});
  values.preprocessing.scale = 2;
  EXPECT_NE(identify(values, "cpu"), same);
}

TEST(Identity, IsTheSameWhereverResultsAreTheSame) {
  Job job;
  job.machine.threads = 3;
  job.machine.memory = 1 << 20;
  job.output = {"elsewhere.h5", true, true, 1, "rfmap estimate", Shard{2, 3}, 5};
  EXPECT_EQ(identity_of(job), identity_of({}));
}

}  // namespace
}  // namespace rfmap
