#pragma once

#include "rfmap/picture.h"

#include "report/text.h"

namespace rfmap {

inline const Colour kBoxColour{255, 255, 255}, kCutColour{61, 112, 255};

/// Colour of a share of the peak, 0..1 (viridis).
Colour field_colour(double share);
/// Colour of a pixel that was not measured: grey with diagonal lines.
Colour hatching(int y, int x);

/// One field on a square of `side` px, `magnification` px a pixel of the map, centred: colours
/// between 0 and the field's peak, box of the theoretical field, outline of the cut.
cv::Mat field_tile(const FieldPicture& field, int side, double magnification);

}  // namespace rfmap
