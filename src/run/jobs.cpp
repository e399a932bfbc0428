#include "run/jobs.h"

#include <map>

namespace rfmap::run {

std::vector<Pair> list_pairs(const std::vector<LayerPeaks>& peaks) {
  std::vector<Pair> pairs;
  for (int layer = 0; layer < int(peaks.size()); ++layer)
    for (const Ranking ranking : {Ranking::top, Ranking::bottom}) {
      const RunningTopK& best = peaks[layer].of(ranking);
      for (int unit = 0; unit < best.units(); ++unit)
        for (int rank = 0; const Peak& peak : best.of(unit))
          pairs.push_back({layer, ranking, unit, rank++, peak});
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

Costs costs_of(const std::vector<ImageJob>& jobs,
               const std::function<std::int64_t(const ImageJob&)>& cost) {
  Costs costs;
  for (const ImageJob& job : jobs) costs.push_back(cost(job));
  return costs;
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
