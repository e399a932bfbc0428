#include "run/draw_pairs.h"

#include <algorithm>
#include <cmath>
#include <random>

namespace rfmap::run {
namespace {

/// Below this share of images with a pair, images with two are so few that one pair is drawn.
constexpr double kSparse = 0.05;

constexpr Ranking kRankings[] = {Ranking::top, Ranking::bottom};

int k_of(const Run& run, Ranking ranking) {
  const int k = ranking == Ranking::top ? run.method.top_k : run.method.bottom_k;
  return int(std::min(std::size_t(k), run.images.size()));
}

double count_units(const Run& run) {
  double units = 0;
  for (const MeasuredLayer& layer : run.layers) units += double(layer.units.size());
  return units;
}

/// Pairs of one image after the other.
class Draw {
 public:
  explicit Draw(const Run& run) : run_(run) {}
  double uniform() { return double(random_()) / (double(std::mt19937::max()) + 1); }
  int below(int bound) { return int(uniform() * bound); }

  /// Every unit has a pair with probability `share`.
  void take_units(Ranking ranking, double share) {
    if (share <= 0) return;
    for (int layer = 0; layer < int(run_.layers.size()); ++layer)
      for (int unit = 0; unit < int(run_.layers[layer].units.size()); ++unit)
        if (share >= 1 || uniform() < share) take(ranking, layer, unit);
  }
  /// About so many pairs of different units: units lie along a circle, of which a part is taken.
  void take_some(Ranking ranking, double mean) {
    const int units = int(count_units(run_)), count = int(mean + uniform());
    int next = below(units);
    for (int i = 0; i < std::min(count, units); ++i) take_nth(ranking, next++ % units);
  }
  void take_one() {
    const double top = most_pairs(run_, Ranking::top);
    const bool is_top = uniform() * most_pairs(run_) < top;
    take_nth(is_top ? Ranking::top : Ranking::bottom, below(int(count_units(run_))));
  }

  /// False: nothing was taken since the last image.
  bool close_image() {
    if (ids_.empty()) return false;
    drawn_.jobs.push_back({int(drawn_.jobs.size()), std::move(ids_)});
    ids_.clear();
    return true;
  }
  DrawnJobs& drawn() { return drawn_; }

 private:
  void take_nth(Ranking ranking, int unit) {
    int layer = 0;
    while (unit >= int(run_.layers[layer].units.size()))
      unit -= int(run_.layers[layer++].units.size());
    take(ranking, layer, unit);
  }
  void take(Ranking ranking, int layer, int unit) {
    const Shape& map = run_.layers[layer].shape;
    const Point location{below(map.h), below(map.w)};
    ids_.push_back(int(drawn_.pairs.size()));
    drawn_.pairs.push_back({layer, ranking, unit, 0, {int(drawn_.jobs.size()), 1, location}});
  }

  const Run& run_;
  std::mt19937 random_;
  std::vector<int> ids_;
  DrawnJobs drawn_;
};

/// The n-th of the images that all units choose.
void draw_together(const Run& run, int n, Draw& draw) {
  for (Ranking ranking : kRankings)
    if (n < k_of(run, ranking)) draw.take_units(ranking, 1);
  draw.close_image();
}

void draw_independent(const Run& run, Draw& draw) {
  const double images = double(run.images.size());
  if (most_pairs(run) < kSparse * images) draw.take_one();
  while (!draw.close_image())
    for (Ranking ranking : kRankings) draw.take_units(ranking, k_of(run, ranking) / images);
}

void draw_apart(const Run& run, Draw& draw) {
  const double images = double(run.images.size());
  if (most_pairs(run) >= images)
    for (Ranking ranking : kRankings) draw.take_some(ranking, most_pairs(run, ranking) / images);
  if (draw.close_image()) return;
  draw.take_one();
  draw.close_image();
}

}  // namespace

double most_pairs(const Run& run, Ranking ranking) { return count_units(run) * k_of(run, ranking); }

double most_pairs(const Run& run) {
  return most_pairs(run, Ranking::top) + most_pairs(run, Ranking::bottom);
}

double distinct_images(const Run& run, Choices choices) {
  const double images = double(run.images.size());
  switch (choices) {
    case Choices::together:
      return std::max(k_of(run, Ranking::top), k_of(run, Ranking::bottom));
    case Choices::apart:
      return std::min(images, most_pairs(run));
    case Choices::independent:
      break;
  }
  double log_unchosen = 0;  // of an image
  for (Ranking ranking : kRankings)
    log_unchosen += count_units(run) * std::log1p(-k_of(run, ranking) / images);
  return -images * std::expm1(log_unchosen);
}

DrawnJobs draw_jobs(const Run& run, Choices choices, int count) {
  Draw draw(run);
  const double images = distinct_images(run, choices);
  if (count_units(run) == 0 || images <= 0) return {};
  if (choices == Choices::together) count = int(std::min<double>(count, images));
  for (int i = 0; i < count; ++i) {
    if (choices == Choices::together) draw_together(run, int(i * images / count), draw);
    if (choices == Choices::independent) draw_independent(run, draw);
    if (choices == Choices::apart) draw_apart(run, draw);
  }
  draw.drawn().images = images;
  return std::move(draw.drawn());
}

}  // namespace rfmap::run
