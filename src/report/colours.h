#pragma once

#include <array>
#include <cstdint>

#include "report/text.h"
#include "report/tiles.h"

namespace rfmap::report {

using Palette = std::array<Colour, 256>;

/// Perceptually even, dark to light: values from 0 to a peak.
const Palette& viridis();
/// For signed values: blue below, near white at 0 (entry 127.5), orange above. A straight line in
/// OKLab on each side (B. Ottosson, "A perceptual color space for image processing", 2020), so
/// that equal steps of the value look equal and both signs weigh the same.
const Palette& diverging();

const Palette& palette(Colours colours);

/// A colour of OKLab: lightness 0..1, chroma, hue in degrees; clipped to what a screen can show.
Colour oklch(double lightness, double chroma, double hue);

/// Colour of a pixel that was not measured: grey with diagonal lines.
Colour hatching(int y, int x);

/// Entry of a share 0..1 (clamped).
const Colour& at(const Palette& palette, double share);

}  // namespace rfmap::report
