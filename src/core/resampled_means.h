#pragma once

#include <span>
#include <vector>

#include "core/map_stack.h"

namespace rfmap::core {

/// One resample: the images that are drawn at all, about 63 % of them, and how often.
struct Draws {
  std::vector<int> images;
  std::vector<float> times;
};

/// Mean maps of some resamples and their peaks.
struct ResampledMeans {
  std::vector<float> maps;   ///< [resample, values]
  std::size_t values = 0;    ///< kept of one resample
  std::vector<float> peaks;  ///< 0 where nothing is above 0
  std::span<const float> of(std::size_t resample) const {
    return std::span(maps).subspan(resample * values, values);
  }
};

/// Fills `means` with each resample's map: the sum over the drawn images divided by the number of
/// them that reach the pixel, 0 where the pixel does not count. `cut` 0: [row, width] each. Above
/// 0: without some of the pixels that are below `cut` times the peak, in no order of use; peaks and
/// all other pixels have the same bits.
void average_resamples(const MapStack& stack, std::span<const Draws> drawn, double cut,
                       ResampledMeans& means);

}  // namespace rfmap::core
