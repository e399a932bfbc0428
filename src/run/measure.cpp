#include "run/measure.h"

#include <algorithm>

#include <fmt/format.h>

#include "run/patches.h"

namespace rfmap::run {
namespace {

/// Puts the results of some of a job's pairs in their places.
void place(MapResult part, std::span<const int> ids, const ImageJob& job, MapResult& whole) {
  for (std::size_t i = 0; i < ids.size(); ++i) {
    const auto at =
        std::lower_bound(job.pairs.begin(), job.pairs.end(), ids[i]) - job.pairs.begin();
    whole[at] = std::move(part[i]);
  }
}

}  // namespace

MapMeasurer::MapMeasurer(const Run& run, const std::vector<Pair>& pairs, Programs& programs)
    : run_(run), pairs_(pairs), programs_(programs), full_(run, programs) {
  if (!programs.window_layers.empty())
    windows_ = std::make_unique<WindowPass>(run, *programs.session, *programs.windows,
                                            programs.window_layers);
  if (!fill_depends_on_image(run.method.fill))
    programs.session->set_patches(patch_values(run, nullptr));
  images_.resize(std::size_t(images_at_once()) * run.input().volume());
}

int MapMeasurer::images_at_once() const { return windows_ ? programs_.plan->slots() : 1; }

std::vector<MapResult> MapMeasurer::measure(std::span<const ImageJob> jobs,
                                            std::span<const Crop> crops) {
  const std::size_t volume = run_.input().volume();
  std::vector<MapResult> results(jobs.size());
  std::vector<std::vector<int>> windows;
  if (fill_depends_on_image(run_.method.fill))
    programs_.session->set_patches(patch_values(run_, &crops.front()));
  for (std::size_t i = 0; i < jobs.size(); ++i) {
    const std::span<float> image = std::span(images_).subspan(i * volume, volume);
    normalize(run_.preprocessing, crops[i].pixels, crops[i].shape, image);
    SplitPairs ids = split_pairs(programs_, pairs_, jobs[i].pairs);
    results[i].resize(jobs[i].pairs.size());
    if (!ids.full.empty())
      place(full_.measure(pairs_, ids.full, image), ids.full, jobs[i], results[i]);
    windows.push_back(std::move(ids.windows));
  }
  if (std::all_of(windows.begin(), windows.end(), [](const auto& ids) { return ids.empty(); }))
    return results;
  std::vector<MapResult> parts = windows_->measure(pairs_, windows, images_);
  for (std::size_t i = 0; i < jobs.size(); ++i)
    place(std::move(parts[i]), windows[i], jobs[i], results[i]);
  return results;
}

std::vector<std::string> MapMeasurer::describe(const ImageJob& job) const {
  const SplitPairs ids = split_pairs(programs_, pairs_, job.pairs);
  std::vector<std::string> lines;
  if (!ids.full.empty())
    lines.push_back(fmt::format("  {} pairs by full passes: {} of {:.3g} GMAC", ids.full.size(),
                                count_positions(run_, pairs_, ids.full),
                                programs_.macs_per_pass / 1e9));
  if (ids.windows.empty()) return lines;
  const double n = count_positions(run_, pairs_, ids.windows);
  lines.push_back(fmt::format("  {} pairs by windows, {} occluded copies", ids.windows.size(), n));
  for (std::string& line : programs_.plan->describe(count_pairs(programs_, pairs_, ids.windows), n))
    lines.push_back(std::move(line));
  lines.push_back(fmt::format("  memory of the engine: {:.1f} MiB",
                              double(programs_.session->memory_bytes()) / (1 << 20)));
  return lines;
}

void MapMeasurer::calibrate(const ImageJob& job) {
  const Work all = work(job);
  const SplitPairs ids = split_pairs(programs_, pairs_, job.pairs);
  if (fill_depends_on_image(run_.method.fill))
    programs_.session->set_patches(
        std::vector<float>(std::size_t(patch_count(run_)) * run_.input().c * run_.grid.occluder.h *
                           run_.grid.occluder.w));
  if (all.full > 0)
    seconds_per_mac_.full = full_.calibrate() / (programs_.batch - 1) / programs_.macs_per_pass;
  if (all.windows > 0) {
    const std::vector<float> images(images_.size());
    const std::vector<std::vector<int>> windows{ids.windows};
    windows_->calibrate(pairs_, windows, images);
    seconds_per_mac_.windows = windows_->calibrate(pairs_, windows, images) / all.windows;
  }
}

double MapMeasurer::seconds(const Work& work) const {
  return work.full_calls * seconds_per_mac_.full + work.windows * seconds_per_mac_.windows;
}

}  // namespace rfmap::run
