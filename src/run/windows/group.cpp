#include "run/windows/group.h"

#include <algorithm>
#include <cmath>
#include <set>

namespace rfmap::run {
using namespace plan;
namespace {

int choose_cut(const WindowPlan& plan, std::span<const WindowPair> pairs, std::size_t copies) {
  std::vector<double> counts(plan.net().targets.size());
  for (const WindowPair& pair : pairs) ++counts[pair.target];
  return plan.choose_cut(counts, double(copies));
}

}  // namespace

WindowGroup make_window_group(const Run& run, const WindowPlan& plan, std::span<const int> layers,
                              const std::vector<Pair>& pairs,
                              std::span<const std::vector<int>> ids) {
  WindowGroup group;
  const int positions = run.grid.positions();
  for (int image = 0; image < int(ids.size()); ++image) {
    const std::vector<Rect> boxes = pair_boxes(run, pairs, {image, ids[image]});
    const std::size_t begin = group.pairs.size();
    std::set<int> middles;
    for (std::size_t i = 0; i < boxes.size(); ++i) {
      const Pair& pair = pairs[ids[image][i]];
      WindowPair& added = group.pairs.emplace_back();
      added.target = int(std::find(layers.begin(), layers.end(), pair.layer) - layers.begin());
      added.channel = run.layers[pair.layer].units[pair.unit];
      added.location = pair.peak.location;
      added.touched.resize(positions);
      added.map.change.resize(positions);
      const std::vector<int> touched = touching(run.grid, {&boxes[i], 1});
      for (int position : touched) added.touched[position] = true;
      if (!touched.empty()) middles.insert(touched[touched.size() / 2]);
    }
    std::vector<WindowSample> samples;
    for (int p : touching(run.grid, boxes)) samples.push_back({image, p, Patch::pasted});
    const int cut = choose_cut(plan, std::span(group.pairs).subspan(begin), samples.size());
    for (int p : middles) samples.push_back({image, p, Patch::null});
    group.images.push_back({int(begin), int(group.pairs.size()), std::move(samples), cut});
  }
  return group;
}

void take_response(const WindowRead& read, Response kind, float response, WindowPair& pair) {
  float change = pair.original - response;
  if (kind == Response::max)
    change = pair.original - std::max(response, pair.rest->max_outside(read.window));
  else if (kind == Response::sum)
    change = float(pair.rest->sum_inside(read.window) - response);
  if (read.sample.patch == Patch::null)
    pair.map.null_spread = std::max(pair.map.null_spread, std::fabs(change));
  else
    pair.map.change[read.sample.position] = change;
}

std::vector<MapResult> take_results(WindowGroup& group) {
  std::vector<MapResult> results;
  for (const WindowImage& image : group.images) {
    MapResult& result = results.emplace_back();
    for (int p = image.begin; p < image.end; ++p) result.push_back(std::move(group.pairs[p].map));
  }
  return results;
}

}  // namespace rfmap::run
