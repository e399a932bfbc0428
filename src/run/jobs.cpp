#include "run/jobs.h"

#include <map>

namespace rfmap::run {
namespace {

void append(const RunningTopK& peaks, int layer, Ranking ranking, std::vector<Pair>& pairs) {
  for (int unit = 0; unit < peaks.units(); ++unit) {
    int rank = 0;
    for (const Peak& peak : peaks.of(unit)) pairs.push_back({layer, ranking, unit, rank++, peak});
  }
}

}  // namespace

std::vector<Pair> list_pairs(const std::vector<LayerPeaks>& peaks) {
  std::vector<Pair> pairs;
  for (int layer = 0; layer < int(peaks.size()); ++layer) {
    append(peaks[layer].top, layer, Ranking::top, pairs);
    append(peaks[layer].bottom, layer, Ranking::bottom, pairs);
  }
  return pairs;
}

std::vector<ImageJob> group_by_image(const std::vector<Pair>& pairs) {
  std::map<int, std::vector<int>> by_image;
  for (int id = 0; id < int(pairs.size()); ++id) by_image[pairs[id].peak.image].push_back(id);
  std::vector<ImageJob> jobs;
  for (auto& [image, ids] : by_image) jobs.push_back({image, std::move(ids)});
  return jobs;
}

std::vector<Rect> pair_boxes(const Run& run, const std::vector<Pair>& pairs, const ImageJob& job) {
  const Size input{run.input().h, run.input().w};
  std::vector<Rect> boxes;
  for (int id : job.pairs) {
    const MeasuredLayer& layer = run.layers[pairs[id].layer];
    boxes.push_back(run.sees_whole_map()
                        ? Rect{0, 0, input.h, input.w}
                        : clipped_box(layer.field, pairs[id].peak.location, input));
  }
  return boxes;
}

}  // namespace rfmap::run
