#include "kernels/pointwise.h"

#include "one_layer.h"

using namespace rfmap;
using namespace rfmap::kernels;
using namespace rfmap::testing_kernels;

namespace {

using Kind = Activation::Kind;

/// The same activation as the kernels' type.
Act act_of(const Activation& a) {
  Act act;
  act.none = false;
  act.kind = a.kind;
  act.alpha = a.alpha;
  act.beta = a.beta;
  if (a.slope) act.slope = a.slope->data(), act.slopes = int(a.slope->size());
  return act;
}

std::vector<Activation> activations(int channels) {
  Draw draw(5);
  return {{Kind::relu},
          {Kind::leaky_relu, 0.1f},
          {Kind::clip, -0.25f, 0.5f},
          {Kind::sigmoid},
          {Kind::tanh},
          {Kind::hard_swish},
          {Kind::prelu, 0, 0, draw.floats(1)},
          {Kind::prelu, 0, 0, draw.floats(std::size_t(channels))}};
}

TEST(KernelEpilogue, Activations) {
  for (const Shape& shape : kShapes)
    for (const Activation& a : activations(shape.c))
      expect_operation(a, shape, [&](const Tensor& out, const Tensor& in) {
        Epilogue e;
        e.in = in;
        e.act = act_of(a);
        spread(out, e, HostLoop{});
      });
}

TEST(KernelEpilogue, NaNStaysNaN) {
  for (const Activation& a : activations(1))
    EXPECT_TRUE(std::isnan(activated(act_of(a), std::nanf(""), 0))) << int(a.kind);
}

/// [c, h, w] in the device's order, [h, w, c].
std::vector<float> channels_last(const std::vector<float>& values, const Shape& shape) {
  std::vector<float> out(values.size());
  for (int c = 0; c < shape.c; ++c)
    for (std::size_t i = 0; i < shape.area(); ++i)
      out[i * shape.c + c] = values[c * shape.area() + i];
  return out;
}

TEST(KernelEpilogue, ScaleAndShift) {
  for (const Shape& shape : kShapes)
    for (bool by_value : {false, true})
      for (int which : {1, 2, 3}) {
        Draw draw(6);
        Affine op;
        const std::size_t count = by_value ? shape.volume() : std::size_t(shape.c);
        if (which & 1) op.scale = draw.floats(count);
        if (which & 2) op.shift = draw.floats(count);
        std::vector<float> scale, shift;
        if (op.scale) scale = by_value ? channels_last(*op.scale, shape) : *op.scale;
        if (op.shift) shift = by_value ? channels_last(*op.shift, shape) : *op.shift;
        expect_operation(op, shape, [&](const Tensor& out, const Tensor& in) {
          Epilogue e;
          e.in = in;
          e.scale = op.scale ? scale.data() : nullptr;
          e.shift = op.shift ? shift.data() : nullptr;
          e.by_value = by_value;
          spread(out, e, HostLoop{});
        });
      }
}

TEST(KernelEpilogue, ResidualInPlace) {
  for (const Shape& shape : kShapes)
    for_storages([&](DType type, int more) {
      Draw draw(9);
      Buffer in(type, 2, shape, more), residual(type, 2, shape);
      in.draw(draw);
      residual.draw(draw);
      std::vector<reference::Map> want;
      for (int n = 0; n < 2; ++n) {
        const reference::Map a = in.sample(n), b = residual.sample(n);
        want.push_back(applied(Activation{}, reference::compute(Elementwise{}, {&a, &b}, shape)));
      }
      Epilogue e;
      e.in = in.tensor();
      e.residual = residual.tensor();
      e.act.none = false;
      spread(in.tensor(), e, HostLoop{});
      for (int n = 0; n < 2; ++n) EXPECT_TRUE(is_near(in, n, want[n]));
    });
}

TEST(KernelCombine, TwoToFourInputsAndBroadcast) {
  using ElementwiseKind = Elementwise::Kind;
  for (auto kind : {ElementwiseKind::sum, ElementwiseKind::product, ElementwiseKind::maximum})
    for (int count : {2, 3, 4})
      for (const Shape& shape : kShapes)
        for_storages([&](DType type, int more) {
          Draw draw(10);
          std::vector<std::unique_ptr<Buffer>> buffers;
          Combination in;
          in.kind = kind;
          in.count = count;
          for (int k = 0; k < count; ++k) {
            const Shape cell{shape.c, 1, 1};
            buffers.push_back(std::make_unique<Buffer>(type, 2, k == 1 ? cell : shape, more));
            buffers[k]->draw(draw);
            in.inputs[k] = buffers[k]->tensor();
          }
          Buffer out(type, 2, shape, more);
          spread(out.tensor(), in, HostLoop{});
          for (int n = 0; n < 2; ++n) {
            std::vector<reference::Map> samples;
            for (const auto& buffer : buffers) samples.push_back(buffer->sample(n));
            reference::Maps maps;
            for (const reference::Map& sample : samples) maps.push_back(&sample);
            EXPECT_TRUE(is_near(out, n, reference::compute(Elementwise{kind}, maps, shape)));
          }
        });
}

}  // namespace
