#include <algorithm>

#include "rfmap/costs.h"
#include "rfmap/devices.h"
#include "rfmap/error.h"

#include "core/log.h"
#include "engines/device_list.h"
#include "engines/make_engine.h"
#include "run/calibrate.h"
#include "run/count_costs.h"

namespace rfmap {
using namespace run;
using namespace engines;

namespace {

/// As a run does, halves a batch that it chose while the device has not the memory.
template <class Function>
auto with_less_memory(const Run& run, int& batch, const Function& trial) {
  while (true) try {
      return trial();
    } catch (const OutOfMemory&) {
      if (run.machine.batch || batch <= 2) throw;
      batch = std::max(batch / 2, 2);
    }
}

}  // namespace

CostRange TimeCosts::all() const {
  CostRange sum;
  for (const CostRange& part : {scan, occlusion, gradient, average}) {
    sum.least += part.least;
    sum.expected += part.expected;
    sum.most += part.most;
  }
  return sum;
}

RunCosts expected_costs(const Job& job, double calibrate_seconds, const Hooks& hooks) {
  check_inputs(job);
  check_batch(job.machine.batch);
  Run run = prepare(job, hooks);
  const std::vector<std::string> devices = listed_devices(run.machine.device);
  const DeviceChoice device = choose_device(devices.front(), run.machine.precision);
  if (!device.note.empty()) log::info("--device auto: {}", device.note);
  run.machine.precision = device.precision;
  const BatchLimits limits{device.largest_batch, device.memory};
  if (calibrate_seconds <= 0) return count_costs(run, choose_ways(run), limits);
  const auto engine = make_engine(device.device, {run.threads, device.precision});
  const DrawnJobs drawn = draw_jobs(run, Choices::independent);
  int batch = run.machine.batch ? *run.machine.batch : choose_batch(run, limits);
  Calibrated trials = with_less_memory(
      run, batch, [&] { return calibrate(*engine, run, drawn, batch, calibrate_seconds); });
  run.machine.batch = batch;
  for (double* rate : {&trials.rates.forward, &trials.rates.full, &trials.rates.windows})
    *rate /= double(devices.size());  // each is taken to be as fast as the first
  RunCosts costs = count_costs(run, trials.programs, limits);
  costs.rates = trials.rates;
  costs.time = expected_time(costs, trials.rates);
  return costs;
}

}  // namespace rfmap
