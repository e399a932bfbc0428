#pragma once

#include "reference/operations.h"

/// Steps of windowed programs on one sample (program.h says what they do).
namespace rfmap::reference {

/// A changed window and its position in its map; null: nothing to paste.
struct Pasted {
  const Map* window = nullptr;
  Point at;
  int first_channel = 0;
};

/// A map from channel `first_channel` on, with the window pasted over it.
struct Changed {
  const Map& map;
  int first_channel = 0;
  Pasted paste{};
  float at(int c, int y, int x) const;
};

/// `shape` cells of `map` from `origin` on.
Map crop(const Changed& map, Point origin, const Shape& shape, float border);
/// The window of `shape` cells that begins at position `first` of the operation's map.
Map gathered(const graph::Gather& op, const Changed& map, Point first, const Shape& shape);
/// One channel of a convolution whose input holds that channel's group.
Map selected_convolution(const plan::SelectedConv& op, int channel, const Map& in,
                         const Shape& shape);
/// Average pooling of a crop whose window begins at cell `first` of the pooled map.
Map window_average(const plan::WindowAverage& op, Point first, const Map& in, const Shape& shape);
/// `live`: the needed cells, counted from the window's corner.
float read_window(Response kind, const Map& window, const plan::PointRead& read, const Rect& live,
                  const std::string& layer);

}  // namespace rfmap::reference
