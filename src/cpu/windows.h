#pragma once

#include "cpu/builder.h"

/// Steps of windowed programs. `maps` is a resident with the originals' maps, one slot an image.
namespace rfmap::cpu {

/// Returns the buffer of the crop: in the maps' layout where its channels are whole blocks.
/// `paste` is the buffer of what has changed, or -1.
int crop(Builder& builder, const CropWindow& op, int maps, int paste, const Value& out);
/// Returns the buffer of the one selected channel.
int selected_convolution(Builder& builder, const SelectedConv& op, int input, const Shape& in,
                         const Value& out);
int window_average(Builder& builder, const WindowAverage& op, int input, const Shape& in,
                   const Value& out);
void read_points(Builder& builder, const ReadPoints& read, int buffer, const Value& value);

}  // namespace rfmap::cpu
