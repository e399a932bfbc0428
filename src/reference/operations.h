#pragma once

#include <vector>

#include "plan/engine.h"
#include "plan/program.h"

/// Every operation on one sample, as a plain loop, sums in double. Written to be obviously correct,
/// not fast: the other engines are tested against it.
namespace rfmap::reference {

/// One sample, [C, H, W].
struct Map {
  Shape shape;
  std::vector<float> values;

  float& at(int c, int y, int x) { return values[index(c, y, x)]; }
  float at(int c, int y, int x) const { return values[index(c, y, x)]; }
  std::size_t index(int c, int y, int x) const {
    return (std::size_t(c) * shape.h + y) * shape.w + x;
  }
};

inline Map make_map(const Shape& shape, float value = 0) {
  return {shape, std::vector<float>(shape.volume(), value)};
}

using Maps = std::vector<const Map*>;  ///< an operation's inputs

/// Map run(const Conv& op, const Maps& in, const Shape& shape) and so on: each operation, in the
/// files of this room; `shape` is that of the output.
#define RFMAP_RUN(Op) run(const Op& op, const Maps& in, const Shape& shape)
Map RFMAP_OPERATIONS(RFMAP_RUN);
#undef RFMAP_RUN

Map compute(const Operation& op, const Maps& in, const Shape& shape);

// resample.cpp
/// A position that is read, and its weight.
struct Tap {
  int at = 0;
  double weight = 1;
};
/// What position `u` is the weighted sum of.
std::vector<Tap> taps_of(const AxisTaps& axis, int u);

// pooling.cpp
/// What the sum of output cell `cell` of an average pooling is divided by: the kernel's cells
/// inside the map of `map` cells, or inside the padded map.
int divisor(const Pool& op, Size map, Point cell);

// reads.cpp
/// One sample of the input image with the patch ([C, patch.h, patch.w]) over it; null: none.
Map occlude(const Map& image, const float* patch, Size size, Point origin);
/// These throw EngineError naming `layer` if a value that they read is not finite.
float respond(Response kind, const Map& map, const plan::Read& read, const std::string& layer);
plan::Extremum extremum(const Map& map, int channel, bool minimum, const std::string& layer);

}  // namespace rfmap::reference
