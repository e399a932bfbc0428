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

/// Runs any operation; `shape` is that of the output.
Map compute(const Operation& op, const Maps& in, const Shape& shape);

// convolution.cpp
Map convolve(const Conv& op, const Map& in, const Shape& shape);
Map fully_connected(const FullyConnected& op, const Map& in, const Shape& shape);
// pooling.cpp
Map pool(const Pool& op, const Map& in, const Shape& shape);
/// What the sum of output cell `cell` of an average pooling is divided by: the kernel's cells
/// inside the map of `map` cells, or inside the padded map.
int divisor(const Pool& op, Size map, Point cell);
Map global_pool(const GlobalPool& op, const Map& in, const Shape& shape);
// channels.cpp
Map normalise(const Lrn& op, const Map& in);
Map softmax(const Softmax& op, const Map& in);
Map normalise(const LayerNorm& op, const Map& in);
Map shuffle(const ChannelShuffle& op, const Map& in);
// pointwise.cpp
Map activate(const Activation& op, const Map& in);
Map scale_and_shift(const Affine& op, const Map& in);
Map combine(const Elementwise& op, const Maps& in, const Shape& shape);
// rearrange.cpp
Map concatenate(const Concat& op, const Maps& in, const Shape& shape);
Map slice(const Slice& op, const Map& in, const Shape& shape);
Map pad(const Pad& op, const Map& in, const Shape& shape);
Map transpose(const Transpose& op, const Map& in, const Shape& shape);

// reads.cpp
/// One sample of the input image with the patch ([C, patch.h, patch.w]) over it; null: none.
Map occlude(const Map& image, const float* patch, Size size, Point origin);
/// These throw EngineError naming `layer` if a value that they read is not finite.
float respond(Response kind, const Map& map, const plan::Read& read, const std::string& layer);
plan::Extremum extremum(const Map& map, int channel, bool minimum, const std::string& layer);

}  // namespace rfmap::reference
