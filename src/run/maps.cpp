#include "run/maps.h"

#include <algorithm>
#include <cmath>

#include "core/duration.h"
#include "core/log.h"
#include "run/phase.h"

namespace rfmap::run {
namespace {

constexpr double kLongRun = 3600;  // seconds from which the announcement says what would shorten it

/// Millions of multiply-adds (their sum over all images does not overflow). Sums and products only,
/// so that all machines get the same.
std::int64_t cost_of(const ImageJob& job, const MapMeasurer& measurer) {
  const Work work = measurer.work(job);
  return std::max<std::int64_t>(1, std::llround(work.macs() / 1e6));
}

/// What this shard measures, or all.
std::vector<ImageJob> own_jobs(const Run& run, const std::vector<Pair>& pairs,
                               const MapMeasurer& measurer) {
  std::vector<ImageJob> jobs = group_by_image(pairs);
  if (!run.output.shard) return jobs;
  const auto cost = [&](const ImageJob& job) { return cost_of(job, measurer); };
  const Shard shard = *run.output.shard;
  std::vector<ImageJob> own;
  const std::vector<std::vector<int>> parts = fair_parts(costs_of(jobs, cost), shard.count);
  for (const int item : parts[shard.index - 1]) own.push_back(std::move(jobs[item]));
  return own;
}

}  // namespace

void announce_maps(const Run& run, const std::vector<Pair>& pairs, MapMeasurer& measurer,
                   int workers) {
  if (!run.ranks->first()) return;
  const std::vector<ImageJob> jobs = own_jobs(run, pairs, measurer);
  if (jobs.empty()) return;
  const ImageJob& largest = measurer.largest(jobs);
  measurer.calibrate(largest);
  log::debug("the plan of the image with the most work:");
  for (const std::string& line : measurer.describe(largest)) log::debug("{}", line);
  Work work;
  std::size_t own = 0;
  for (const ImageJob& job : jobs) {
    work += measurer.work(job);
    own += job.pairs.size();
  }
  const double seconds = measurer.seconds(work) / (run.ranks->place().count * workers);
  log::info(
      "to come: {} (unit, image) pairs on {} images, up to {} occluded copies each, {:.3g} GMAC, "
      "about {}",
      own, jobs.size(), run.grid.positions(), work.macs() / 1e9, core::format_duration(seconds));
  if (seconds > kLongRun)
    log::info(
        "to shorten it: --stride {} (a quarter of the passes), --top-k {}, fewer units (--units "
        "random:N) or layers (--layers)",
        std::max(run.method.stride.h, run.method.stride.w) * 2, std::max(1, run.method.top_k / 5));
}

void measure_maps(const Run& run, const std::vector<Pair>& pairs,
                  std::vector<MapMeasurer>& measurers, RunFolder& folder) {
  MapMeasurer& measurer = measurers.front();
  std::vector<Phase::Measure> measures;
  for (MapMeasurer& each : measurers)
    measures.push_back([&each](std::span<const ImageJob> jobs, std::span<const Crop> crops) {
      return each.measure(jobs, crops);
    });
  const auto cost = [&](const ImageJob& job) { return cost_of(job, measurer); };
  run_phase(
      run, pairs,
      {"occlude", "measured", RunFolder::Part::map, run.grid.positions(), measurer.images_at_once(),
       cost, [&] { announce_maps(run, pairs, measurer, int(measurers.size())); }, measures},
      folder);
}

}  // namespace rfmap::run
