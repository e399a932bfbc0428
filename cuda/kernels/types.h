#pragma once

#include <cstdint>
#include <variant>

#include "plan/engine.h"

/// Parameters of kernels and launchers: plain data, usable without CUDA's headers. Every pointer is
/// device memory; the tests of the kernels' bodies pass host memory.
namespace rfmap::kernels {

/// How a number is stored. Arithmetic is fp32 in all of them.
enum class DType : std::uint8_t { f32, f16, bf16 };

constexpr int bytes_of(DType type) { return type == DType::f32 ? 4 : 2; }

/// Activations [n, h, w, c], channels innermost. `pitch` is the number of elements between
/// neighbouring cells: more than c if this is a range of channels of a wider tensor. Rows and
/// samples follow without gaps. Kernels read and write c channels per cell and do not touch the
/// others.
struct Tensor {
  void* data = nullptr;
  DType type = DType::f32;
  int n = 0, h = 0, w = 0, c = 0;
  int pitch = 0;
};

/// A complete tensor, or one whose cells are padded to `pitch` channels.
inline Tensor tensor(void* data, DType type, int n, const Shape& shape, int pitch = 0) {
  return {data, type, n, shape.h, shape.w, shape.c, pitch > 0 ? pitch : shape.c};
}

/// rfmap::Activation on the device; `slopes` is 1 or the number of channels.
struct Act {
  bool none = true;
  ActivationKind kind = ActivationKind::relu;
  float alpha = 0, beta = 0;
  const float* slope = nullptr;
  int slopes = 0;
};

/// Part k of a tensor's channels, where a tensor's memory holds `parts` tensors one after another.
inline Tensor part_of(Tensor whole, int k, int parts) {
  whole.c /= parts;
  whole.pitch = whole.c;
  const std::int64_t size = std::int64_t(whole.n) * whole.h * whole.w * whole.c;
  whole.data = static_cast<char*>(whole.data) + k * size * bytes_of(whole.type);
  return whole;
}

/// A sliding window.
struct Sliding {
  Size kernel{1, 1}, stride{1, 1}, dilation{1, 1};
  Margins pad;
};

// Occluded images and windows.

/// out[n] = images[occluders[n].image] with the occluder's patch over it. Channels of `out` beyond
/// those of the images are set to 0 (convolutions of tensor cores want 4 or 8 of them).
struct Occlusion {
  Tensor images;                   ///< resident, one slot per image
  const float* patches = nullptr;  ///< [patches, c, patch.h, patch.w], null if none is used
  const plan::Occluder* occluders = nullptr;  ///< [out.n]
  Size patch;
};

/// ChangedMap of program.h.
struct ChangedMaps {
  Tensor maps;                                ///< the originals' maps, one slot per image
  const plan::Occluder* occluders = nullptr;  ///< [out.n]; .image is the slot
  const Point* windows = nullptr;             ///< [out.n]
  int first_channel = 0;
  const int* selected = nullptr;  ///< [out.n]: the one channel read, instead of first_channel
  Tensor paste;                   ///< the changed window; data null: nothing
  const Point* paste_windows = nullptr;  ///< [paste.n]
  int paste_channel = 0;
  const int* parents = nullptr;    ///< [out.n]: sample of `paste`; null: sample n
  const float* patches = nullptr;  ///< not null: the occluder's patch goes over the maps
  Size patch;
};

/// CropWindow of program.h. Channels of `out` beyond `channels` are set to 0.
struct Crop : ChangedMaps {
  Size stride{1, 1};
  Point pad;
  float border = 0;
  int channels = 0;
};

/// Blocks of cells of images as the channels of one cell, so that a strided convolution of few
/// channels becomes one without a stride: out[n, y, x] holds the block.h rows of block.w cells of
/// kBlockChannels numbers that begin at windows[n] * stride + origin + (y, x) * block; 0 beyond the
/// image and in channels that are left.
struct ImageBlocks {
  Tensor images;                              ///< resident, or a sample each if there are no
  const plan::Occluder* occluders = nullptr;  ///< [out.n]; null: sample n is image n as it is
  const float* patches = nullptr;             ///< null: images as they are
  Size patch;
  const Point* windows = nullptr;  ///< [out.n]; null: whole images
  Size stride{1, 1};
  Point origin;
  Size block{1, 1};  ///< block.w is one of those that is_block_width() names
};
constexpr int kBlockChannels = 3;
constexpr bool is_block_width(int width) { return width == 2 || width == 4; }

// Layers.

/// Max or average pooling. `windows` (average only): `in` is a crop that begins at
/// windows[n] * stride - pad of a map of `map` cells; taps are counted there.
struct Pooling {
  Tensor in;
  Pool::Kind kind = Pool::Kind::max;
  Sliding window;
  bool count_include_pad = false;
  const Point* windows = nullptr;
  Size map;
  Act act;
};

/// Cross-channel normalisation of `in`, alone or fused with max pooling before or after it; `pool`
/// is used if `order` includes pooling. With `parts`, `in` is the first of as many tensors, one
/// after another, each with a part of the channels.
struct ResponseNormalisation {
  enum class Order : std::uint8_t { alone, pool_then_lrn, lrn_then_pool };
  Tensor in;
  int size = 5;
  float alpha = 1e-4f, beta = 0.75f, k = 1;
  int parts = 1;
  Order order = Order::alone;
  Sliding pool;
};

/// out = act(in * scale + shift + residual): batch normalisation, bias, residual sum, activation.
/// scale and shift may be null; they hold [c], or [h, w, c] if `by_value`.
struct Epilogue {
  Tensor in;
  const float* scale = nullptr;
  const float* shift = nullptr;
  bool by_value = false;
  Tensor residual;  ///< data null: none
  Act act;
};

constexpr int kMostInputs = 4;

/// out = act(inputs[0] op inputs[1] op ...), in this order. An input with extent 1 along an axis is
/// broadcast there.
struct Combination {
  Elementwise::Kind kind = Elementwise::Kind::sum;
  Tensor inputs[kMostInputs];
  int count = 0;
  Act act;
};

/// rfmap::AxisSet on the device.
struct Axes {
  bool c = false, h = false, w = false;
};
inline Axes axes_of(const AxisSet& axes) { return {axes[0], axes[1], axes[2]}; }

/// rfmap::Softmax.
struct SoftmaxLines {
  Tensor in;
  Axes axes;
  Softmax::Kind kind = Softmax::Kind::probability;
};

/// rfmap::Normalisation.
struct NormalisedLines {
  Tensor in;
  Axes axes;
  Normalisation::Kind kind = Normalisation::Kind::standard;
  Normalisation::Guard guard = Normalisation::Guard::inside_root;
  float epsilon = 1e-5f;
};

/// rfmap::Reduce.
struct Reduction {
  Tensor in;
  Axes axes;
  Reduce::Kind kind = Reduce::Kind::mean;
};

/// rfmap::MatMul.
struct MatrixProduct {
  Tensor a, b;
};

/// Convolution by our own kernel, where cuDNN has no plan. weights [out.c, kernel.h, kernel.w, in.c
/// / groups]. With `channels` (SelectedConv): out.c is 1 and sample n needs only output channel
/// channels[n], and `in` holds only the channels of its group; groups is 1.
struct Convolution {
  Tensor in;
  const float* weights = nullptr;
  const float* bias = nullptr;
  Sliding window;
  int groups = 1;
  const int* channels = nullptr;
  Act act;
};

// Rearranging.

/// Copies `size` (c, h, w) values of every sample from `from` of one tensor to `to` of another.
struct Box {
  Tensor in;
  Shape from, to, size;
};

/// rfmap::Pad; cells that lie outside the margins are cropped.
struct Border {
  Tensor in;
  Margins margins;
  float value = 0;
};

constexpr int kMostDigits = 12;

/// rfmap::Rearrange: the digits of output axis a are those before end[a], from the end of the axis
/// before it on.
struct Rearrangement {
  struct Digit {
    int extent, axis, step;
  };
  Tensor in;
  Digit digits[kMostDigits] = {};
  int end[3] = {0, 0, 0};
  int start[3] = {0, 0, 0};
};

/// All values, converted; channels of `out` beyond those of `in` are set to 0.
struct Conversion {
  Tensor in;
};

/// Same values in C, H, W order under another shape.
struct Reshaping {
  Tensor in;
};

/// rfmap::AxisTaps; `index` null: the axis is kept.
struct Taps {
  const int* index = nullptr;     ///< [positions, width]
  const float* weight = nullptr;  ///< [positions, width]
  int width = 1;
};

/// rfmap::Resample.
struct Resampling {
  Tensor in;
  Taps y, x;
};

/// rfmap::GatherAxis; `channels` null: 0.
struct GatherAxis {
  Taps taps;
  const int* channels = nullptr;  ///< [positions]
};

/// GatherWindow of program.h.
struct Gathering : ChangedMaps {
  GatherAxis y, x;
  int channel = 0, channel_step = 1;  ///< of rfmap::graph::Gather
  bool moves_fours = false;  ///< fours of output channels come from fours of input channels
};

/// From [n, channels, h, w]; channels of `out` beyond `channels` are set to 0.
struct FromPlanes {
  const float* nchw = nullptr;
  int channels = 0;
};

/// A kernel that fills a tensor. `out` of an Epilogue may be the memory of its input or residual,
/// that of a Combination the memory of an input of its size.
using Work = std::variant<Occlusion, Crop, ImageBlocks, Pooling, ResponseNormalisation, Epilogue,
                          Combination, SoftmaxLines, NormalisedLines, Reduction, MatrixProduct,
                          Convolution, Box, Border, Rearrangement, Conversion, Reshaping,
                          Resampling, Gathering, FromPlanes>;

// Reading back. Values that are not finite are returned as NaN or infinity.

/// out[n * count + i] = response of reads[i] in sample n of `in`.
struct ResponseReads {
  Tensor in;
  Response kind = Response::location;
  const plan::Read* reads = nullptr;
  int count = 0;
};

/// out[n * count + i] = spatial extremum of channel channels[i] of sample n; the value is NaN if
/// any number of that map is not finite.
struct ExtremaReads {
  Tensor in;
  const int* channels = nullptr;
  int count = 0;
  bool minimum = false;
};

/// out[i] = points[i] of `in`. With `live`, maximum and sum are over the live cells only: cells
/// live[n] of the map, where windows[n] is the first cell that sample n holds.
struct PointReads {
  Tensor in;
  Response kind = Response::location;
  const plan::PointRead* points = nullptr;
  int count = 0;
  const Rect* live = nullptr;
  const Point* windows = nullptr;
};

/// out [n, c, h, w] <- in.
struct ToPlanes {
  Tensor in;
};

/// out[n * parts_of(bytes) + p] = how many words (of 2 bytes or more) of part p of sample n differ
/// in any bit from those of `want`.
struct BitDifferences {
  const void* in = nullptr;    ///< samples, each `stride` bytes behind the one before
  const void* want = nullptr;  ///< one sample
  std::int64_t bytes = 0, stride = 0;
  int samples = 0;
};
constexpr int kComparedBytes = 1 << 14;  ///< a part

constexpr int parts_of(std::int64_t bytes) {
  return int((bytes + kComparedBytes - 1) / kComparedBytes);
}

/// A kernel that fills a table of results: floats, of ExtremaReads plan::Extremum, of
/// BitDifferences std::uint32_t.
using Reading = std::variant<ResponseReads, ExtremaReads, PointReads, ToPlanes, BitDifferences>;

}  // namespace rfmap::kernels
