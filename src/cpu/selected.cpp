#include <algorithm>
#include <cmath>

#include "cpu/layout.h"
#include "cpu/windows.h"

namespace rfmap::cpu {
namespace {

constexpr int kBlock = 8;
constexpr int kMostColumns = 8;  // accumulators held in registers

/// One output row of one channel: input and weights in blocks of 8 channels.
struct Row {
  const float* in;       ///< first cell of the row's window, [block][h][w][8]
  const float* weights;  ///< [block][kernel.h][kernel.w][8]
  std::size_t block_stride, row_stride;
  int blocks;
  Size kernel, dilation;
  int column_step;  ///< floats between neighbouring outputs' cells
};

/// Sums of `columns` neighbouring outputs, in a fixed order.
__attribute__((target_clones("arch=haswell", "default"))) void convolve_row(const Row& row,
                                                                            int columns,
                                                                            float* sums) {
  float lanes[kMostColumns][kBlock] = {};
  for (int b = 0; b < row.blocks; ++b)
    for (int ky = 0; ky < row.kernel.h; ++ky)
      for (int kx = 0; kx < row.kernel.w; ++kx) {
        const float* w = row.weights + ((b * row.kernel.h + ky) * row.kernel.w + kx) * kBlock;
        const float* in = row.in + b * row.block_stride + ky * row.dilation.h * row.row_stride +
                          kx * row.dilation.w * kBlock;
        for (int x = 0; x < columns; ++x)
          for (int i = 0; i < kBlock; ++i) lanes[x][i] += in[x * row.column_step + i] * w[i];
      }
  for (int x = 0; x < columns; ++x) {
    sums[x] = 0;
    for (float lane : lanes[x]) sums[x] += lane;
  }
}

float activated(const std::optional<Activation>& a, float v) {
  if (!a) return v;
  switch (a->kind) {
    case Activation::Kind::relu:
      return std::max(v, 0.f);
    case Activation::Kind::leaky_relu:
      return v < 0 ? v * a->alpha : v;
    case Activation::Kind::prelu:
      return v < 0 ? v * a->slope->front() : v;
    case Activation::Kind::clip:
      return std::clamp(v, a->alpha, a->beta);
    case Activation::Kind::sigmoid:
      return 1 / (1 + std::exp(-v));
    case Activation::Kind::tanh:
      return std::tanh(v);
  }
  return v;
}

}  // namespace

int selected_convolution(Builder& builder, const SelectedConv& op, int input, const Shape& in,
                         const Value& out) {
  const Conv& conv = op.conv;
  const int source = builder.convert(input, describe({out.batch, in.c, in.h, in.w}, Tag::nChw8c));
  const Dims weights_dims{conv.out_channels, in.c, conv.kernel.h, conv.kernel.w};
  const dnnl::memory weights = builder.constants().get(
      conv.weights, describe(weights_dims, Tag::oihw), describe(weights_dims, Tag::nChw8c));
  const int output = builder.add(plain_desc(out.batch, out.shape));
  const Layout layout = *layout_of(builder.desc(source));
  Row row;
  row.blocks = (in.c + kBlock - 1) / kBlock;
  row.block_stride = layout.stride[1];
  row.row_stride = layout.stride[2];
  row.kernel = conv.kernel;
  row.dilation = conv.dilation;
  row.column_step = conv.stride.w * kBlock;
  const std::size_t channel_size = std::size_t(row.blocks) * conv.kernel.h * conv.kernel.w * kBlock;
  builder.loop(
      {source, output}, [=, from = builder.memory(source), to = builder.memory(output)](Run& run) {
#pragma omp parallel for schedule(static)
        for (int n = 0; n < out.batch; ++n) {
          const int channel = run.call.channels[n];
          Row mine = row;
          mine.weights = floats(weights) + channel * channel_size;
          const float bias = op.conv.bias ? (*op.conv.bias)[channel] : 0.f;
          float* result = floats(to) + n * out.shape.area();
          for (int y = 0; y < out.shape.h; ++y)
            for (int x = 0; x < out.shape.w; x += kMostColumns) {
              float* sums = result + y * out.shape.w + x;
              const int columns = std::min(kMostColumns, out.shape.w - x);
              mine.in = floats(from) + layout.at(n, 0, y * op.conv.stride.h, x * op.conv.stride.w);
              convolve_row(mine, columns, sums);
              for (int i = 0; i < columns; ++i) sums[i] = activated(op.activation, sums[i] + bias);
            }
        }
      });
  return output;
}

}  // namespace rfmap::cpu
