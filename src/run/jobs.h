#pragma once

#include <cstdint>
#include <functional>
#include <vector>

#include "rfmap/topk.h"

#include "run/run.h"
#include "run/work_list.h"

namespace rfmap::run {

/// The images that drive the units of one layer.
struct LayerPeaks {
  RunningTopK top, bottom;
  const RunningTopK& of(Ranking ranking) const { return ranking == Ranking::top ? top : bottom; }
};

/// One (unit, image) pair whose change map is to be measured; its id is its index.
struct Pair {
  int layer = 0;  ///< index into Run::layers
  Ranking ranking = Ranking::top;
  int unit = 0;  ///< index into MeasuredLayer::units
  int rank = 0;
  Peak peak;
};

/// All pairs that chose one image: they share its occluded copies.
struct ImageJob {
  int image = 0;
  std::vector<int> pairs;  ///< ids, ascending
};

/// What is measured of a pair, over the complete grid.
struct PairMap {
  std::vector<float> change;  ///< [position]; exactly 0 where the occluder misses the field
  float null_spread = 0;      ///< largest response to a null occluder
  bool operator==(const PairMap&) const = default;
};
using MapResult = std::vector<PairMap>;  ///< of the pairs of an image, in their order

/// All pairs by layer, top before bottom, unit, rank.
std::vector<Pair> list_pairs(const std::vector<LayerPeaks>& peaks);

/// Jobs by image index.
std::vector<ImageJob> group_by_image(const std::vector<Pair>& pairs);

/// What each job costs.
Costs costs_of(const std::vector<ImageJob>& jobs,
               const std::function<std::int64_t(const ImageJob&)>& cost);

/// Clipped theoretical box of each of a job's pairs, in their order; the whole input where the
/// response looks at the whole map.
std::vector<Rect> pair_boxes(const Run& run, const std::vector<Pair>& pairs, const ImageJob& job);

}  // namespace rfmap::run
