#pragma once

#include <string>
#include <vector>

namespace rfmap {

/// One layer's column of the size plot, px; NaN: not there.
struct PlotLayer {
  std::string name, address;
  double theory = 0, flat = 0;
  double mean = 0, deviation = 0;
  double gradient = 0, gradient_deviation = 0;
  std::vector<float> sizes;  ///< one a unit
  bool raw = false;          ///< as read, not the equivalent flat field's
};

/// Sizes by layer as SVG for a page: theory and what a flat field would read as lines, the measured
/// mean with its deviation, a dot a unit; names lead to the layers' pages.
std::string size_plot(const std::vector<PlotLayer>& layers);

/// Its legend, a list of HTML; with the gradient's entry only where any layer has one.
std::string plot_legend(const std::vector<PlotLayer>& layers);

/// 1, 2 or 5 times a power of ten, the smallest that is at least `least`.
double round_step(double least);

}  // namespace rfmap
