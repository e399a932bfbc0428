#pragma once

#include <span>
#include <vector>

#include "rfmap/geometry.h"
#include "rfmap/ties.h"

namespace rfmap {

/// One image's response of a unit: index into the image list, value and location.
struct Peak {
  int image = kNone;
  float activation = 0;
  Point location;  ///< where the response is read
  int ties = 1;    ///< positions that attain the extremum
  MeanPosition centre{float(location.y), float(location.x)};  ///< maps are recentred on it
};

/// Which end of a unit's responses over the images: the strongest (top K) or the lowest (bottom K).
enum class Ranking { top, bottom };

/// Running top-K (or bottom-K) of many units. Ties go to the lower image index; images whose
/// extremum is exactly 0 are not taken. The result does not depend on the order of offers.
class RunningTopK {
 public:
  RunningTopK(int units, int k, Ranking ranking);
  void offer(int unit, const Peak& peak);
  /// Best first; at most k.
  std::span<const Peak> of(int unit) const;
  int units() const { return int(peaks_.size()); }

 private:
  int k_;
  Ranking ranking_;
  std::vector<std::vector<Peak>> peaks_;
};

}  // namespace rfmap
