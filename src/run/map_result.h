#pragma once

#include <vector>

namespace rfmap::run {

/// Change maps of some pairs, over the complete grid.
struct MapResult {
  std::vector<std::vector<float>>
      change;  ///< [pair][position]; exactly 0 where the occluder misses the field
  std::vector<float> null_spread;  ///< [pair] largest response to a null occluder
};

}  // namespace rfmap::run
