#include <algorithm>

#include "core/clones.h"
#include "cpu/operations.h"

namespace rfmap::cpu {
using namespace plan;
namespace {

constexpr int kPartialSums = 16;

/// Sum of products of `count` values, in lanes of a fixed order.
RFMAP_CLONES float dot(const float* a, const float* b, int count) {
  float lanes[kPartialSums] = {};
  int k = 0;
  for (; k + kPartialSums <= count; k += kPartialSums)
    for (int i = 0; i < kPartialSums; ++i) lanes[i] += a[k + i] * b[k + i];
  for (; k < count; ++k) lanes[k % kPartialSums] += a[k] * b[k];
  float sum = 0;
  for (float lane : lanes) sum += lane;
  return sum;
}

/// Weights [out, in, h, w] as [out][h][w][in].
std::vector<float> pack(const Conv& conv, int in) {
  const int area = conv.kernel.h * conv.kernel.w;
  std::vector<float> packed(conv.weights->size());
  float* to = packed.data();
  for (int o = 0; o < conv.out_channels; ++o)
    for (int tap = 0; tap < area; ++tap)
      for (int c = 0; c < in; ++c) *to++ = (*conv.weights)[(std::size_t(o) * in + c) * area + tap];
  return packed;
}

struct SelectedLayer {
  SelectedConv op;
  Shape in;
  Constants::Packed weights;

  std::size_t taps() const { return weights->size() / std::size_t(op.conv.out_channels); }
  float at(const float* in, int channel) const;
};

/// One output cell whose inputs begin at `first`.
float SelectedLayer::at(const float* first, int channel) const {
  const Conv& conv = op.conv;
  const float* w = weights->data() + channel * taps();
  float sum = conv.bias ? (*conv.bias)[std::size_t(channel)] : 0.f;
  for (int ky = 0; ky < conv.kernel.h; ++ky)
    for (int kx = 0; kx < conv.kernel.w; ++kx, w += in.c)
      sum += dot(first + (std::size_t(ky) * conv.dilation.h * in.w + kx * conv.dilation.w) * in.c,
                 w, in.c);
  return op.activation ? op.activation->at(sum, channel) : sum;
}

}  // namespace

int selected_convolution(Builder& builder, const SelectedConv& op, int input, const Shape& in,
                         const Value& out) {
  const int no_groups = -1;  // a separate packing
  const SelectedLayer layer{op, in, builder.constants().packed(op.conv.weights, no_groups, [&] {
                              return pack(op.conv, in.c);
                            })};
  const LiveCells cells{in, out.shape, out.batch, out.window, op.conv.stride};
  return make_live(builder, input, cells, [layer](const Call& call, const LiveCell& at) {
    *at.out = layer.at(at.in, call.channels[at.sample]);
  });
}

}  // namespace rfmap::cpu
