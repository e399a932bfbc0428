#include "reference/windows.h"

namespace rfmap::reference {
using namespace plan;
namespace {

bool holds(const Shape& shape, int y, int x) {
  return y >= 0 && y < shape.h && x >= 0 && x < shape.w;
}

}  // namespace

float Changed::at(int c, int y, int x) const {
  const int py = y - paste.at.y, px = x - paste.at.x;
  const bool changed = paste.window && holds(paste.window->shape, py, px);
  return changed ? paste.window->at(paste.first_channel + c, py, px)
                 : map.at(first_channel + c, y, x);
}

Map crop(const Changed& map, Point origin, const Shape& shape, float border) {
  Map out = make_map(shape, border);
  for (int c = 0; c < shape.c; ++c)
    for (int y = 0; y < shape.h; ++y)
      for (int x = 0; x < shape.w; ++x) {
        const int my = origin.y + y, mx = origin.x + x;
        if (holds(map.map.shape, my, mx)) out.at(c, y, x) = map.at(c, my, mx);
      }
  return out;
}

Map gathered(const graph::Gather& op, const Changed& map, Point first, const Shape& shape) {
  Map out = make_map(shape);
  for (int y = 0; y < shape.h; ++y)
    for (int x = 0; x < shape.w; ++x) {
      const Point at{first.y + y, first.x + x};
      const int moved = op.first_channel + op.y.channel(at.y) + op.x.channel(at.x);
      const std::vector<Tap> rows = taps_of(op.y.taps, at.y), columns = taps_of(op.x.taps, at.x);
      for (int c = 0; c < shape.c; ++c) {
        double sum = 0;
        for (const Tap& row : rows)
          for (const Tap& column : columns)
            sum +=
                row.weight * column.weight * map.at(moved + c * op.channel_step, row.at, column.at);
        out.at(c, y, x) = float(sum);
      }
    }
  return out;
}

Map selected_convolution(const SelectedConv& op, int channel, const Map& in, const Shape& shape) {
  Conv one = op.conv;
  const std::size_t row = one.weights->size() / std::size_t(one.out_channels);
  const auto first = one.weights->begin() + std::ptrdiff_t(channel * row);
  one.weights = std::make_shared<std::vector<float>>(first, first + std::ptrdiff_t(row));
  if (one.bias) one.bias = std::make_shared<std::vector<float>>(1, (*one.bias)[channel]);
  one.out_channels = one.groups = 1;
  const Map out = run(one, {&in}, shape);
  return op.activation ? run(*op.activation, {&out}, shape) : out;
}

Map window_average(const WindowAverage& op, Point first, const Map& in, const Shape& shape) {
  const Pool& pool = op.pool;
  Map out = make_map(shape);
  for (int c = 0; c < shape.c; ++c)
    for (int y = 0; y < shape.h; ++y)
      for (int x = 0; x < shape.w; ++x) {
        double sum = 0;
        for (int ky = 0; ky < pool.kernel.h; ++ky)
          for (int kx = 0; kx < pool.kernel.w; ++kx)
            sum += in.at(c, y * pool.stride.h + ky * pool.dilation.h,
                         x * pool.stride.w + kx * pool.dilation.w);
        out.at(c, y, x) = float(sum / divisor(pool, op.map, {first.y + y, first.x + x}));
      }
  return out;
}

float read_window(Response kind, const Map& window, const PointRead& read, const Rect& live,
                  const std::string& layer) {
  if (kind == Response::location)
    return respond(kind, window, {read.channel, read.position}, layer);
  Map part = make_map({1, live.y1 - live.y0, live.x1 - live.x0});
  for (int y = 0; y < part.shape.h; ++y)
    for (int x = 0; x < part.shape.w; ++x)
      part.at(0, y, x) = window.at(read.channel, live.y0 + y, live.x0 + x);
  return respond(kind, part, {0, {}}, layer);
}

}  // namespace rfmap::reference
