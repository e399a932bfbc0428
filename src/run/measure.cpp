#include "run/measure.h"

#include <algorithm>

#include "run/patches.h"

namespace rfmap {
namespace {

/// A job's pairs by how their layers run.
struct Split {
  std::vector<int> full, windows;
};

Split split(const Programs& programs, const std::vector<Pair>& pairs, std::span<const int> ids) {
  Split split;
  for (int id : ids) {
    const auto& full = programs.full_layers;
    const bool is_full = std::find(full.begin(), full.end(), pairs[id].layer) != full.end();
    (is_full ? split.full : split.windows).push_back(id);
  }
  return split;
}

/// Puts the results of some of a job's pairs in their places.
void place(MapResult part, std::span<const int> ids, const ImageJob& job, MapResult& whole) {
  for (std::size_t i = 0; i < ids.size(); ++i) {
    const auto at =
        std::lower_bound(job.pairs.begin(), job.pairs.end(), ids[i]) - job.pairs.begin();
    whole.change[at] = std::move(part.change[i]);
    whole.null_spread[at] = part.null_spread[i];
  }
}

}  // namespace

MapMeasurer::MapMeasurer(const Setup& setup, const Config& config, Programs& programs)
    : setup_(setup), config_(config), programs_(programs), full_(setup, config, programs) {
  if (programs.windows)
    windows_ = std::make_unique<WindowPass>(setup, config, *programs.session, *programs.windows,
                                            programs.window_layers);
  if (!fill_depends_on_image(config.fill))
    programs.session->set_patches(patch_values(setup, config.fill, config.seed, nullptr));
}

MapResult MapMeasurer::measure(const std::vector<Pair>& pairs, const ImageJob& job,
                               const Crop& crop) {
  std::vector<float> image(setup_.input().volume());
  normalize(setup_.preprocessing, crop.pixels, crop.shape, image);
  if (fill_depends_on_image(config_.fill))
    programs_.session->set_patches(patch_values(setup_, config_.fill, config_.seed, &crop));
  const Split ids = split(programs_, pairs, job.pairs);
  MapResult result;
  result.change.resize(job.pairs.size());
  result.null_spread.resize(job.pairs.size());
  if (!ids.full.empty()) place(full_.measure(pairs, ids.full, image), ids.full, job, result);
  if (!ids.windows.empty())
    place(windows_->measure(pairs, ids.windows, image), ids.windows, job, result);
  return result;
}

Work MapMeasurer::work(const std::vector<Pair>& pairs, const ImageJob& job) const {
  const Split ids = split(programs_, pairs, job.pairs);
  const bool whole = config_.response != Response::location;
  const auto positions = [&](const std::vector<int>& some) {
    return double(
        touching(setup_.grid, pair_boxes(setup_, pairs, {job.image, some}, whole)).size());
  };
  Work work;
  if (!ids.full.empty()) work.full = positions(ids.full) * programs_.macs_per_pass;
  if (ids.windows.empty()) return work;
  const std::vector<int>& layers = programs_.window_layers;
  std::vector<double> counts(layers.size());
  for (int id : ids.windows)
    ++counts[std::find(layers.begin(), layers.end(), pairs[id].layer) - layers.begin()];
  const double n = positions(ids.windows);
  work.windows = programs_.plan->cost(programs_.plan->choose_cut(counts, n), counts, n);
  return work;
}

void MapMeasurer::calibrate(const std::vector<Pair>& pairs, const ImageJob& job) {
  const Work all = work(pairs, job);
  const Split ids = split(programs_, pairs, job.pairs);
  if (all.full > 0)
    seconds_per_mac_.full = full_.calibrate() / (programs_.batch - 1) / programs_.macs_per_pass;
  if (all.windows > 0) {
    const std::vector<float> image(setup_.input().volume());
    if (fill_depends_on_image(config_.fill))
      programs_.session->set_patches(
          std::vector<float>(std::size_t(patch_count(setup_, config_.fill)) * setup_.input().c *
                             setup_.grid.occluder.h * setup_.grid.occluder.w));
    windows_->calibrate(pairs, ids.windows, image);
    seconds_per_mac_.windows = windows_->calibrate(pairs, ids.windows, image) / all.windows;
  }
}

double MapMeasurer::seconds(const Work& work) const {
  return work.full * seconds_per_mac_.full + work.windows * seconds_per_mac_.windows;
}

}  // namespace rfmap
