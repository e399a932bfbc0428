#include "kernels/products.h"

#include "one_layer.h"
#include "reference/windows.h"

using namespace rfmap;
using namespace rfmap::plan;
using namespace rfmap::kernels;
using namespace rfmap::testing_kernels;

namespace {

/// [o, i, h, w] in the device's order, [o, h, w, i].
std::vector<float> filters_of(const Conv& conv) {
  const int taps = conv.kernel.h * conv.kernel.w;
  const int depth = int(conv.weights->size()) / conv.out_channels / taps;
  std::vector<float> out(conv.weights->size());
  for (int o = 0; o < conv.out_channels; ++o)
    for (int i = 0; i < depth; ++i)
      for (int t = 0; t < taps; ++t)
        out[(o * taps + t) * depth + i] = (*conv.weights)[(o * depth + i) * taps + t];
  return out;
}

Conv random_conv(int in, int out, int groups, Size kernel) {
  Draw draw(14);
  Conv conv;
  conv.kernel = kernel;
  conv.groups = groups;
  conv.out_channels = out;
  conv.weights = draw.floats(std::size_t(out) * (in / groups) * kernel.h * kernel.w);
  conv.bias = draw.floats(std::size_t(out));
  return conv;
}

Convolution convolution(const Conv& conv, const Tensor& in, const std::vector<float>& filters) {
  Convolution out;
  out.in = in;
  out.weights = filters.data();
  out.bias = conv.bias ? conv.bias->data() : nullptr;
  out.window = {conv.kernel, conv.stride, conv.dilation, conv.pad};
  out.groups = conv.groups;
  return out;
}

void expect_convolved(const Conv& conv, const Shape& shape) {
  const std::vector<float> filters = filters_of(conv);
  expect_operation(
      conv, shape,
      [&](const Tensor& out, const Tensor& in) {
        spread(out, convolution(conv, in, filters), HostLoop{});
      },
      2e-5f);
}

TEST(KernelConvolve, GroupsStridesDilationPadding) {
  struct Case {
    int in, out, groups;
    Size kernel;
  };
  const Case cases[] = {{3, 5, 1, {3, 2}}, {8, 6, 2, {3, 3}}, {12, 12, 3, {1, 3}},
                        {7, 1, 1, {1, 1}}, {6, 4, 2, {2, 2}}, {40, 3, 1, {2, 1}}};
  for (const Case& c : cases)
    for (Size stride : {Size{1, 1}, Size{2, 3}})
      for (Size dilation : {Size{1, 1}, Size{1, 2}}) {
        Conv conv = random_conv(c.in, c.out, c.groups, c.kernel);
        conv.stride = stride;
        conv.dilation = dilation;
        conv.pad = {1, 2, 0, 1};
        expect_convolved(conv, {c.in, 5, 6});
      }
}

TEST(KernelConvolve, Depthwise) {
  for (int channels : {1, 4, 7, 8})
    for (int stride : {1, 2}) {
      Conv conv = random_conv(channels, channels, channels, {3, 3});
      conv.stride = {stride, stride};
      conv.pad = {1, 1, 1, 1};
      expect_convolved(conv, {channels, 5, 4});
      conv.bias = nullptr;
      expect_convolved(conv, {channels, 1, 1});
    }
}

TEST(KernelConvolve, OneChannelASample) {
  for (int groups : {1, 2})
    for (int depth : {3, 8, 36})
      for_storages([&](DType type, int more) {
        SelectedConv op;
        op.conv = random_conv(depth * groups, 6, groups, {3, 2});
        op.conv.stride = {1, 2};
        op.activation = Activation{};
        const std::vector<float> filters = filters_of(op.conv);
        const int batch = 6;
        std::vector<int> channels;
        for (int n = 0; n < batch; ++n) channels.push_back(5 - n);
        Draw draw(15);
        Buffer in(type, batch, {depth, 4, 4}, more), out(type, batch, {1, 2, 2}, more);
        in.draw(draw);
        Convolution c = convolution(op.conv, in.tensor(), filters);
        c.groups = 1;
        c.channels = channels.data();
        c.act.none = false;
        c.act.kind = ActivationKind::relu;
        spread(out.tensor(), c, HostLoop{});
        for (int n = 0; n < batch; ++n)
          EXPECT_TRUE(is_near(
              out, n, reference::selected_convolution(op, channels[n], in.sample(n), {1, 2, 2}),
              2e-5f));
      });
}

/// a times b by the kernel and by the reference.
void expect_product(const Shape& left, const Shape& right) {
  for_storages([&](DType type, int more) {
    Draw draw(16);
    Buffer a(type, 3, left, more), b(type, 3, right, more);
    Buffer out(type, 3, output_shape("test", MatMul{}, {left, right}), more);
    a.draw(draw);
    b.draw(draw);
    spread(out.tensor(), MatrixProduct{a.tensor(), b.tensor()}, HostLoop{});
    for (int n = 0; n < 3; ++n) {
      const reference::Map first = a.sample(n), second = b.sample(n);
      const auto want = reference::compute(MatMul{}, {&first, &second}, out.shape());
      EXPECT_TRUE(is_near(out, n, want, 2e-5f));
    }
  });
}

TEST(KernelMatMul, OneMatrixForEachChannelOrForAll) {
  for (int channels : {1, 3, 4, 8})
    for (int right : {1, channels}) {
      expect_product({channels, 5, 7}, {right, 7, 6});
      expect_product({channels, 1, 40}, {right, 40, 3});
      expect_product({channels, 2, 1}, {right, 1, 1});
    }
}

}  // namespace
