#include <cstring>

#include "cpu/operations.h"
#include "cpu/tile.h"

namespace rfmap::cpu {
using namespace plan;
namespace {

constexpr int kChunk = 16;  // tiles of one piece of work

/// Output channels of one group in blocks of kTileChannels.
struct Blocks {
  int groups, per_group;  ///< channels
  int blocks() const { return (per_group + kTileChannels - 1) / kTileChannels; }
  int all() const { return groups * blocks(); }
  int first(int block) const {
    return block / blocks() * per_group + block % blocks() * kTileChannels;
  }
  int size(int block) const {
    return std::min(kTileChannels, per_group - block % blocks() * kTileChannels);
  }
};

/// Weights [out, in, h, w] as [block][h][w][in][channel of the block], zeros in unused places.
std::vector<float> pack(const Conv& conv, const Blocks& blocks, int in_per_group) {
  const int area = conv.kernel.h * conv.kernel.w;
  std::vector<float> packed(std::size_t(blocks.all()) * area * in_per_group * kTileChannels);
  float* to = packed.data();
  for (int b = 0; b < blocks.all(); ++b)
    for (int tap = 0; tap < area; ++tap)
      for (int c = 0; c < in_per_group; ++c, to += kTileChannels)
        for (int j = 0; j < blocks.size(b); ++j)
          to[j] =
              (*conv.weights)[(std::size_t(blocks.first(b) + j) * in_per_group + c) * area + tap];
  return packed;
}

std::vector<float> pack_bias(const Conv& conv, const Blocks& blocks) {
  std::vector<float> packed(std::size_t(blocks.all()) * kTileChannels);
  for (int b = 0; conv.bias && b < blocks.all(); ++b)
    std::copy_n(conv.bias->begin() + blocks.first(b), blocks.size(b),
                packed.begin() + b * kTileChannels);
  return packed;
}

/// Taps of one group; complete rows of the kernel are one run if they are contiguous.
Taps make_taps(const Conv& conv, const Shape& in, int in_per_group) {
  const std::ptrdiff_t row = std::ptrdiff_t(conv.dilation.h) * in.w * in.c;
  const bool rows = conv.groups == 1 && (conv.dilation.w == 1 || conv.kernel.w == 1);
  Taps taps;
  taps.run = rows ? conv.kernel.w * in.c : in_per_group;
  for (int y = 0; y < conv.kernel.h; ++y)
    for (int x = 0; x < (rows ? 1 : conv.kernel.w); ++x)
      taps.offsets.push_back(y * row + std::ptrdiff_t(x) * conv.dilation.w * in.c);
  return taps;
}

/// A cell to be computed: offsets of its inputs and of its output, in floats.
struct Cell {
  std::size_t in, out;
};

struct Layer {
  Conv conv;
  Shape in, out;
  int batch, window, in_per_group;
  Blocks blocks;
  Taps taps;
  std::shared_ptr<const std::vector<float>> weights;
  std::vector<float> bias;  ///< [block][channel of the block]
  std::optional<Activation> activation;
};

/// Live cells of all samples, in order; the last one is repeated until tiles are full.
std::vector<Cell> list_cells(const Layer& layer, const Call& call, std::size_t& count) {
  std::vector<Cell> cells;
  const Size stride = layer.conv.stride;
  for (int n = 0; n < layer.batch; ++n) {
    const Rect live = call.live_cells(layer.window, n);
    for (int y = live.y0; y < live.y1; ++y)
      for (int x = live.x0; x < live.x1; ++x)
        cells.push_back({cell_offset(layer.in, n, y * stride.h, x * stride.w),
                         cell_offset(layer.out, n, y, x)});
  }
  count = cells.size();
  while (cells.size() % kTilePixels) cells.push_back(cells.back());
  return cells;
}

/// Buffers of one run.
struct Data {
  const float *in, *residual;
  float* out;
};

/// Bias, residual and activation of one cell's channels of a block.
void finish(const Layer& layer, int block, const float* sums, const float* residual, float* out) {
  const float* bias = layer.bias.data() + block * kTileChannels;
  const int size = layer.blocks.size(block), first = layer.blocks.first(block);
  float v[kTileChannels];
  for (int j = 0; j < kTileChannels; ++j) v[j] = sums[j] + bias[j];
  if (residual)
    for (int j = 0; j < size; ++j) v[j] += residual[j];
  if (layer.activation && layer.activation->kind == Activation::Kind::relu) {
    for (float& value : v) value = value < 0 ? 0 : value;  // NaN stays
  } else if (layer.activation) {
    for (int j = 0; j < size; ++j) v[j] = layer.activation->at(v[j], first + j);
  }
  if (size == kTileChannels)
    std::memcpy(out, v, sizeof v);
  else
    std::copy(v, v + size, out);
}

void multiply(const Layer& layer, const Data& data, std::span<const Cell> cells, std::size_t live,
              int block) {
  const int first = layer.blocks.first(block);
  const float* weights =
      layer.weights->data() + std::size_t(block) * layer.taps.count() * kTileChannels;
  const float* in = data.in + first / layer.blocks.per_group * layer.in_per_group;
  float sums[kTilePixels * kTileChannels];
  for (std::size_t i = 0; i < cells.size(); i += kTilePixels) {
    const float* pixels[kTilePixels];
    for (int p = 0; p < kTilePixels; ++p) pixels[p] = in + cells[i + p].in;
    multiply_tile(layer.taps, pixels, weights, sums);
    for (std::size_t p = 0; p < kTilePixels && i + p < live; ++p) {
      const std::size_t at = cells[i + p].out + first;
      finish(layer, block, sums + p * kTileChannels, data.residual ? data.residual + at : nullptr,
             data.out + at);
    }
  }
}

void run_layer(const Layer& layer, const Data& data, const Call& call) {
  std::size_t live = 0;
  const std::vector<Cell> cells = list_cells(layer, call, live);
  const int step = kChunk * kTilePixels;
  const int chunks = int((cells.size() + step - 1) / step);
#pragma omp parallel for collapse(2) schedule(static)
  for (int block = 0; block < layer.blocks.all(); ++block)
    for (int chunk = 0; chunk < chunks; ++chunk) {
      const std::size_t begin = std::size_t(chunk) * step;
      const std::size_t size = std::min(cells.size() - begin, std::size_t(step));
      multiply(layer, data, std::span(cells).subspan(begin, size), live - begin, block);
    }
}

}  // namespace

std::optional<int> convolve_live(Builder& builder, const Conv& conv, Job& job) {
  const Shape& in = job.shapes.front();
  const Blocks blocks{conv.groups, conv.out_channels / conv.groups};
  // Narrow groups would leave lanes unused; the library is faster for them.
  if (conv.groups > 1 && blocks.per_group < kTileChannels) return std::nullopt;
  Layer layer{conv, in, job.out, job.batch, job.window, in.c / conv.groups, blocks, {}, {}, {}, {}};
  layer.bias = pack_bias(conv, blocks);
  layer.taps = make_taps(conv, in, layer.in_per_group);
  layer.activation = job.activation;
  layer.weights = builder.constants().packed(
      conv.weights, conv.groups, [&] { return pack(conv, blocks, layer.in_per_group); });
  const int source = channels_last(builder, job.inputs.front());
  const int residual = job.residual >= 0 ? channels_last(builder, job.residual) : -1;
  const int out = builder.add(channels_last_desc(job.batch, job.out));
  std::vector<int> touched{source, out};
  if (residual >= 0) touched.push_back(residual);
  builder.loop(touched, [layer = std::move(layer), from = builder.memory(source),
                         to = builder.memory(out), residual,
                         over = builder.memory(residual >= 0 ? residual : source)](Run& run) {
    run_layer(layer, {floats(from), residual >= 0 ? floats(over) : nullptr, floats(to)}, run.call);
  });
  job.residual = -1;
  job.activation.reset();
  return out;
}

}  // namespace rfmap::cpu
