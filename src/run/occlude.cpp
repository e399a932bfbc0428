#include "run/occlude.h"

#include <algorithm>
#include <chrono>

#include "rfmap/error.h"

#include "run/patches.h"
#include "run/phase_progress.h"
#include "run/pipeline.h"

namespace rfmap::run {
using namespace plan;
OcclusionPass::OcclusionPass(const Run& run, Programs& programs)
    : run_(run), programs_(programs), reads_(programs.full_layers.size()) {}

void OcclusionPass::load(std::span<const float> image) {
  Call call;
  call.images = image;
  programs_.session->run(programs_.load, call, reply_);
}

/// Slot 0 is the null occluder; a short last batch is filled up with more of them.
Call OcclusionPass::occluded(std::span<const int> positions) {
  occluders_.assign(programs_.batch, {});
  for (std::size_t i = 0; i < positions.size(); ++i)
    occluders_[i + 1] = {run_.grid.origin(positions[i]),
                         patch_index(run_.method.fill, positions[i]), 0};
  Call call;
  call.occluders = occluders_;
  for (const auto& reads : reads_) call.reads.emplace_back(reads);
  return call;
}

double OcclusionPass::calibrate() {
  load(std::vector<float>(run_.input().volume()));
  programs_.session->run(programs_.occlude, occluded({}), reply_);
  const auto start = std::chrono::steady_clock::now();
  programs_.session->run(programs_.occlude, occluded({}), reply_);
  return std::chrono::duration<double>(std::chrono::steady_clock::now() - start).count();
}

MapResult OcclusionPass::measure(const std::vector<Pair>& pairs, std::span<const int> ids,
                                 std::span<const float> image) {
  const ImageJob job{0, {ids.begin(), ids.end()}};
  const std::vector<Rect> boxes = pair_boxes(run_, pairs, job);
  std::vector<PairProgress> progress = start(pairs, ids, boxes);
  load(image);
  const std::vector<int> positions = touching(run_.grid, boxes);
  const std::size_t step = programs_.batch - 1;
  Pipeline pipeline(*programs_.session);
  for (std::size_t begin = 0; begin < positions.size(); begin += step) {
    stop_if_asked(run_.hooks, "interrupted during the occluded passes");
    const auto block =
        std::span(positions).subspan(begin, std::min(step, positions.size() - begin));
    pipeline.run(programs_.occlude, occluded(block), [&, block](const Reply& reply) {
      for (PairProgress& pair : progress) take(block, reply, pair);
    });
  }
  pipeline.drain();
  MapResult result;
  for (PairProgress& pair : progress)
    result.push_back(
        {std::move(pair.change), positions.empty() ? 0.f : pair.highest - pair.lowest});
  return result;
}

/// Registers the job's reads and marks the positions that touch each pair's field.
std::vector<OcclusionPass::PairProgress> OcclusionPass::start(const std::vector<Pair>& pairs,
                                                              std::span<const int> ids,
                                                              std::span<const Rect> boxes) {
  for (auto& reads : reads_) reads.clear();
  const std::vector<int>& layers = programs_.full_layers;
  std::vector<PairProgress> progress(ids.size());
  for (std::size_t p = 0; p < progress.size(); ++p) {
    const Pair& pair = pairs[ids[p]];
    const int table = int(std::ranges::find(layers, pair.layer) - layers.begin());
    progress[p].table = table;
    progress[p].read = int(reads_[table].size());
    reads_[table].push_back({run_.layers[pair.layer].units[pair.unit], pair.peak.location});
    progress[p].touched.resize(run_.grid.positions());
    progress[p].change.resize(run_.grid.positions());
    for (int position : touching(run_.grid, boxes.subspan(p, 1)))
      progress[p].touched[position] = true;
  }
  return progress;
}

/// Takes a batch's responses of one pair: slot 0 and those after the block are null occluders.
void OcclusionPass::take(std::span<const int> block, const Reply& reply, PairProgress& pair) const {
  const std::size_t stride = reads_[pair.table].size();
  const float* response = reply.responses[pair.table].data() + pair.read;
  for (std::size_t i = 0; i < block.size(); ++i)
    if (pair.touched[block[i]]) pair.change[block[i]] = response[0] - response[(i + 1) * stride];
  const auto null = [&](std::size_t sample) {
    pair.lowest = std::min(pair.lowest, response[sample * stride]);
    pair.highest = std::max(pair.highest, response[sample * stride]);
  };
  null(0);
  for (std::size_t n = block.size() + 1; n < std::size_t(programs_.batch); ++n) null(n);
}

}  // namespace rfmap::run
