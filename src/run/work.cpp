#include "run/work.h"

#include <algorithm>
#include <cmath>

namespace rfmap::run {

SplitPairs split_pairs(const LayerWays& ways, const std::vector<Pair>& pairs,
                       std::span<const int> ids) {
  SplitPairs split;
  for (int id : ids) {
    const bool full = std::ranges::count(ways.full_layers, pairs[id].layer) > 0;
    (full ? split.full : split.windows).push_back(id);
  }
  return split;
}

std::vector<double> count_pairs(const LayerWays& ways, const std::vector<Pair>& pairs,
                                std::span<const int> ids) {
  const std::vector<int>& layers = ways.window_layers;
  std::vector<double> counts(layers.size());
  for (int id : ids) ++counts[std::ranges::find(layers, pairs[id].layer) - layers.begin()];
  return counts;
}

double count_positions(const Run& run, const std::vector<Pair>& pairs,
                       const std::vector<int>& ids) {
  return double(touching(run.grid, pair_boxes(run, pairs, {0, ids})).size());
}

double filled_copies(double copies, int batch) {
  const double room = batch - 1;
  return room > 0 ? std::ceil(copies / room) * room : copies;
}

Work count_work(const Run& run, const LayerWays& ways, const std::vector<Pair>& pairs,
                const ImageJob& job) {
  const SplitPairs ids = split_pairs(ways, pairs, job.pairs);
  Work work;
  if (!ids.full.empty()) {
    work.full_copies = count_positions(run, pairs, ids.full);
    work.full = work.full_copies * ways.macs_per_pass;
    work.full_calls = filled_copies(work.full_copies, ways.batch) * ways.macs_per_pass;
  }
  if (ids.windows.empty()) return work;
  const std::vector<double> counts = count_pairs(ways, pairs, ids.windows);
  work.window_copies = count_positions(run, pairs, ids.windows);
  const int cut = ways.plan->choose_cut(counts, work.window_copies);
  work.windows = ways.plan->cost(cut, counts, work.window_copies);
  return work;
}

const ImageJob& largest_job(const Run& run, const LayerWays& ways, const std::vector<Pair>& pairs,
                            const std::vector<ImageJob>& jobs) {
  const ImageJob* best = &jobs.front();
  double most = -1;
  for (const ImageJob& job : jobs)
    if (const double now = count_work(run, ways, pairs, job).macs(); now > most)
      best = &job, most = now;
  return *best;
}

}  // namespace rfmap::run
