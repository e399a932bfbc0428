#pragma once

#include <string>
#include <vector>

#include "rfmap/results.h"

namespace rfmap::report {

/// One layer's column of the size plot, px; NaN: missing.
struct PlotLayer {
  std::string name, address;
  double theory = 0, flat = 0;
  OverUnits size, gradient;
  std::vector<float> sizes;  ///< one per unit
  bool raw = false;          ///< measured sizes, not equivalent ones
};

/// Sizes by layer as SVG for a page: theory and the measured size of a flat field as lines, the
/// measured mean with its standard deviation, one dot per unit; names link to the layers' pages.
std::string size_plot(const std::vector<PlotLayer>& layers);

/// Its legend, a list in HTML; with the gradient's entry only if any layer has one.
std::string plot_legend(const std::vector<PlotLayer>& layers);

/// 1, 2 or 5 times a power of ten, the smallest that is at least `least`.
double round_step(double least);

}  // namespace rfmap::report
