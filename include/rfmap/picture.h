#pragma once

#include <string>
#include <vector>

#include "rfmap/geometry.h"

namespace rfmap {

/// The mean receptive field of one unit, as a picture shows it.
struct FieldPicture {
  std::string layer;        ///< neighbours of the same layer stand under one title
  std::string label;        ///< below the field: "unit 12"
  Size shape;               ///< rows and columns of `mean`
  std::vector<float> mean;  ///< [height, width], the unit's centre in the middle; NaN: not measured
  double theoretical_h = 0, theoretical_w = 0;  ///< size of the theoretical field, px; 0: no box
  double size = 0;                              ///< empirical size, px; NaN: none
  double cut = 0.1;                             ///< share of the peak that is outlined; 0: none
};

/// A contact sheet as PNG: a title for each layer with a scale bar, `columns` fields in a row, each
/// coloured (viridis) from 0 to its own peak, negative values as 0; the theoretical field and the
/// cut outlined; what was not measured hatched; a legend below. Throws DataError where there is
/// nothing to draw, ConfigError or EngineError where the file cannot be written.
void write_fields_png(const std::string& path, const std::vector<FieldPicture>& fields,
                      int columns);

}  // namespace rfmap
