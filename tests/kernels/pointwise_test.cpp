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
          {Kind::hard_sigmoid, 0.6f, 0.5f},
          {Kind::erf},
          {Kind::gelu},
          {Kind::gelu_tanh},
          {Kind::swish, 1.5f},
          {Kind::mish},
          {Kind::elu, 0.7f},
          {Kind::selu, 1.6f, 1.1f},
          {Kind::celu, 0.7f},
          {Kind::softplus},
          {Kind::softsign},
          {Kind::exponential},
          {Kind::power, 2},
          {Kind::power, 3},
          {Kind::absolute},
          {Kind::sign},
          {Kind::sine},
          {Kind::cosine},
          {Kind::floor},
          {Kind::ceiling},
          {Kind::round},
          {Kind::thresholded_relu, 0.25f},
          {Kind::shrink, 0.25f, 0.125f},
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

TEST(KernelEpilogue, Conditions) {
  for (const Kind kind : {Kind::greater, Kind::less, Kind::greater_or_equal, Kind::less_or_equal,
                          Kind::equal, Kind::logical_not})
    for (const float alpha : {0.f, 0.25f})
      expect_operation(Activation{kind, alpha}, {7, 4, 3},
                       [&](const Tensor& out, const Tensor& in) {
                         Epilogue e;
                         e.in = in;
                         e.act = act_of({kind, alpha});
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

/// Combines drawn inputs of these shapes, in all storage types, and compares with the reference.
void expect_combination(Elementwise::Kind kind, const std::vector<Shape>& shapes) {
  const Elementwise op{kind};
  const Shape shape = output_shape("test", op, shapes);
  for_storages([&](DType type, int more) {
    Draw draw(10);
    std::vector<std::unique_ptr<Buffer>> buffers;
    Combination in;
    in.kind = kind;
    in.count = int(shapes.size());
    for (std::size_t k = 0; k < shapes.size(); ++k) {
      buffers.push_back(std::make_unique<Buffer>(type, 2, shapes[k], more));
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
      EXPECT_TRUE(is_near(out, n, reference::compute(op, maps, shape))) << name_of(kind);
    }
  });
}

TEST(KernelCombine, TwoToFourInputsAndBroadcast) {
  using ElementwiseKind = Elementwise::Kind;
  for (auto kind : {ElementwiseKind::sum, ElementwiseKind::product, ElementwiseKind::maximum,
                    ElementwiseKind::minimum})
    for (const Shape& shape : kShapes) {
      std::vector<Shape> shapes{shape, {shape.c, 1, 1}};
      for (int count : {2, 3, 4}) {
        expect_combination(kind, shapes);
        if (count < 4) shapes.push_back(shape);
      }
    }
}

TEST(KernelCombine, BroadcastsAlongAnyAxis) {
  for (const Shape& full : {Shape{7, 4, 3}, Shape{12, 6, 5}})
    for (int axes = 0; axes < 8; ++axes) {
      const Shape narrow{axes & 1 ? 1 : full.c, axes & 2 ? 1 : full.h, axes & 4 ? 1 : full.w};
      const Shape rest{axes & 1 ? full.c : 1, axes & 2 ? full.h : 1, axes & 4 ? full.w : 1};
      for (const auto& shapes : {std::vector{full, narrow}, {narrow, full}, {narrow, rest}})
        for (auto kind :
             {Elementwise::Kind::difference, Elementwise::Kind::product, Elementwise::Kind::less})
          expect_combination(kind, shapes);
    }
}

TEST(KernelCombine, ConditionsAreOneOrZero) {
  for (int i = 0; i < kElementwiseKinds; ++i)
    if (const auto kind = Elementwise::Kind(i); is_condition(kind))
      for (const Shape& shape : kShapes) expect_combination(kind, {shape, shape});
}

}  // namespace
