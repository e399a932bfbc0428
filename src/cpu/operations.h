#pragma once

#include <cstddef>
#include <optional>

#include "cpu/builder.h"
#include "plan/program.h"

/// Operations and steps as kernels. A function returns the buffer of its result.
namespace rfmap::cpu {

using Job = plan::ComputeJob;

/// int compile_operation(Builder& builder, const Conv& op, Job& job) and so on: each operation as
/// kernels, in the files of this room.
#define RFMAP_COMPILE(Op) compile_operation(Builder& builder, const Op& op, Job& job)
int RFMAP_OPERATIONS(RFMAP_COMPILE);
#undef RFMAP_COMPILE

// pointwise.cpp
int activate(Builder& builder, const Activation& op, int buffer);
int add_residual(Builder& builder, int buffer, int residual);

// images.cpp
void load_images(Builder& builder, int output);
/// `image` is the shape of one slot of `images`.
void occlude(Builder& builder, int images, int output, const Shape& image);
// responses.cpp, extrema.cpp; `value` is the value in `buffer`.
void read_responses(Builder& builder, const plan::ReadResponse& read, int buffer,
                    const plan::Value& value);
void read_extrema(Builder& builder, const plan::ReadExtrema& read, int buffer,
                  const plan::Value& value);
void read_map(Builder& builder, const plan::ReadMap& read, int buffer);

// Steps of windowed programs. Windows are channels-last, each sample in a slot of its program's
// window size; only live cells (Call::live) are computed, the other cells of a slot are undefined.
// `maps` is a resident with the originals' maps, one slot per image.

/// Returns the buffer of the crop. `paste` is the buffer of the changed window, or -1.
int crop(Builder& builder, const plan::CropWindow& op, int maps, int paste, const plan::Value& out);
/// As crop(), of the window.
int gather(Builder& builder, const plan::GatherWindow& op, int maps, int paste,
           const plan::Value& out);
/// Returns the buffer of the one selected channel.
int selected_convolution(Builder& builder, const plan::SelectedConv& op, int input, const Shape& in,
                         const plan::Value& out);
int window_average(Builder& builder, const plan::WindowAverage& op, int input, const Shape& in,
                   const plan::Value& out);
void read_points(Builder& builder, const plan::ReadPoints& read, int buffer,
                 const plan::Value& value);

/// The complete step over the live cells of table job.window, if it is implemented: residual and
/// activation are removed from the job.
std::optional<int> compute_live(Builder& builder, const Operation& op, Job& job);
// window_convolution.cpp
std::optional<int> convolve_live(Builder& builder, const Conv& op, Job& job);

/// The buffer itself if layout_of() knows its layout, else a plain copy.
int readable(Builder& builder, int buffer);
Shape shape_of(const Builder& builder, int buffer);
/// The buffer with channels last.
int channels_last(Builder& builder, int buffer);
Desc channels_last_desc(int batch, const Shape& shape);

/// Offset of cell (y, x) of sample n, channels last, in floats.
inline std::size_t cell_offset(const Shape& shape, int n, int y, int x) {
  return n * shape.volume() + (std::size_t(y) * shape.w + x) * shape.c;
}

/// The live cells of a windowed value and the input from which they are made.
struct LiveCells {
  Shape in, out;
  int batch = 1, window = 0;
  Size stride;
};
struct LiveCell {
  int sample = 0;
  Point cell;
  const float* in = nullptr;  ///< the first cell that it reads
  float* out = nullptr;
};

/// A new buffer whose live cells make(call, cell) fills.
template <class Make>
int make_live(Builder& builder, int input, const LiveCells& cells, Make make) {
  const int source = channels_last(builder, input);
  const int output = builder.add(channels_last_desc(cells.batch, cells.out));
  builder.loop({source, output}, [=, from = builder.memory(source),
                                  to = builder.memory(output)](Run& run) {
#pragma omp parallel for schedule(static)
    for (int n = 0; n < cells.batch; ++n) {
      const Rect live = run.call.live_cells(cells.window, n);
      for (int y = live.y0; y < live.y1; ++y)
        for (int x = live.x0; x < live.x1; ++x) {
          const std::size_t in = cell_offset(cells.in, n, y * cells.stride.h, x * cells.stride.w);
          const std::size_t out = cell_offset(cells.out, n, y, x);
          make(run.call, LiveCell{n, {y, x}, floats(from) + in, floats(to) + out});
        }
    }
  });
  return output;
}

}  // namespace rfmap::cpu
