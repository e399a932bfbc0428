#pragma once

#include <optional>

#include "cpu/operations.h"

/// Steps of windowed programs. Windows are channels-last, each sample in a slot of its program's
/// window size; only live cells (Call::live) are computed, the other cells of a slot are undefined.
/// `maps` is a resident with the originals' maps, one slot per image.
namespace rfmap::cpu {

/// Sample n's live cells of a window, counted from the window's top left corner.
inline Rect live_cells(const plan::Call& call, int window, int n) {
  const Rect& live = call.live[window][n];
  const Point at = call.windows[window][n];
  return {live.y0 - at.y, live.x0 - at.x, live.y1 - at.y, live.x1 - at.x};
}

/// Returns the buffer of the crop. `paste` is the buffer of the changed window, or -1.
int crop(Builder& builder, const plan::CropWindow& op, int maps, int paste, const plan::Value& out);
/// Returns the buffer of the one selected channel.
int selected_convolution(Builder& builder, const plan::SelectedConv& op, int input, const Shape& in,
                         const plan::Value& out);
int window_average(Builder& builder, const plan::WindowAverage& op, int input, const Shape& in,
                   const plan::Value& out);
void read_points(Builder& builder, const plan::ReadPoints& read, int buffer,
                 const plan::Value& value);

/// The complete step over the live cells of table job.window, if it is implemented: residual and
/// activation are removed from the job as described in operations.h.
std::optional<int> compute_live(Builder& builder, const Operation& op, Job& job);
// window_convolution.cpp
std::optional<int> convolve_live(Builder& builder, const Conv& op, Job& job);
// window_cells.cpp
int max_pool_live(Builder& builder, const Pool& op, const Job& job);
int normalise_live(Builder& builder, const Lrn& op, const Job& job);

/// The buffer with channels last.
int channels_last(Builder& builder, int buffer);
Desc channels_last_desc(int batch, const Shape& shape);

}  // namespace rfmap::cpu
