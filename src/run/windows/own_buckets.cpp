#include "run/windows/own_buckets.h"

namespace rfmap::run {
using namespace plan;

OwnBuckets::OwnBuckets(const WindowGroup& group, WindowPrograms& programs, int cut)
    : routes_(group.pairs.size()) {
  const WindowNet& net = programs.plan().net();
  for (const WindowImage& image : group.images) {
    if (image.cut != cut) continue;
    for (int p = image.begin; p < image.end; ++p) {
      const WindowPair& pair = group.pairs[p];
      if (net.step_of[net.targets[pair.target]] >= cut)
        routes_[p] = route(pair, programs.own(cut, pair.target));
    }
  }
}

OwnBuckets::Route OwnBuckets::route(const WindowPair& pair, const WindowPrograms::Own& own) {
  const AxisWindows &y = own.windows.y, &x = own.windows.x;
  const int group = pair.channel / own.windows.channels_per_group;
  const auto [it, fresh] = first_.try_emplace({pair.target, group}, int(buckets_.size()));
  for (int cy = 0; fresh && cy < int(y.classes.size()); ++cy)
    for (int cx = 0; cx < int(x.classes.size()); ++cx)
      buckets_.push_back({pair.target, group, {cy, cx}, {}});
  return {it->second, int(x.classes.size()), y.classes_of(pair.location.y),
          x.classes_of(pair.location.x)};
}

void OwnBuckets::fill(const WindowGroup& group, const Grid& grid,
                      std::span<const WindowSample> samples) {
  for (Bucket& bucket : buckets_) bucket.entries.clear();
  for (int n = 0; n < int(samples.size()); ++n) {
    const int position = samples[n].position;
    const Point cell = grid.cell(position);
    const WindowImage& image = group.images[samples[n].image];
    for (int p = image.begin; p < image.end; ++p) {
      const Route& route = routes_[p];
      if (route.first < 0 || !group.pairs[p].touched[position]) continue;
      const int y = route.class_y[cell.y], x = route.class_x[cell.x];
      if (y >= 0 && x >= 0)
        buckets_[route.first + y * route.classes_x + x].entries.push_back({p, n});
    }
  }
}

}  // namespace rfmap::run
