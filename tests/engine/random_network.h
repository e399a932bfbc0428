#pragma once

#include <array>
#include <utility>
#include <variant>

#include "network.h"
#include "rearrangements.h"
#include "taps.h"

/// Random networks in which every operation occurs, with odd channel counts and borders.
namespace rfmap::testing_engines {

/// Adds drawn operations to a network.
class Grower {
 public:
  Grower(Draw& draw, Network& net) : draw_(draw), net_(net) {}

  /// One operation of alternative number `which` of Operation after node `from`, or nothing if its
  /// map does not allow one. Based on the variant: a new operation does not compile until it can be
  /// drawn.
  void grow(std::size_t which, int from) {
    grow(which, from, std::make_index_sequence<kOperations>());
  }
  static constexpr std::size_t kOperations = std::variant_size_v<Operation>;

  /// Recent nodes are likelier, so that networks grow deep and still branch.
  int any() {
    const int count = int(net_.graph.nodes.size());
    return draw_.coin() ? count - 1 : draw_.below(count);
  }

  void residual(int from) {
    Conv conv = random_conv(draw_, shape(from).c, shape(from).c, {3, 3});
    conv.pad = {1, 1, 1, 1};
    const int changed = net_.add(conv, {from});
    net_.add(Elementwise{}, {changed, from});
    if (draw_.coin()) add(Activation{}, net_.last());
  }

 private:
  template <std::size_t... I>
  void grow(std::size_t which, int from, std::index_sequence<I...>) {
    ((I == which ? add(std::variant_alternative_t<I, Operation>{}, from) : void()), ...);
  }

  const Shape& shape(int node) const { return net_.shape(node); }
  Size kernel_for(const Shape& s, int most) {
    return {1 + draw_.below(std::min(most, s.h)), 1 + draw_.below(std::min(most, s.w))};
  }
  Margins pads_for(const Size& k) {
    return {draw_.below((k.h + 1) / 2 + 1) % k.h, draw_.below((k.w + 1) / 2 + 1) % k.w,
            draw_.below((k.h + 1) / 2 + 1) % k.h, draw_.below((k.w + 1) / 2 + 1) % k.w};
  }

  void add(const Conv&, int from) {
    const Shape& s = shape(from);
    static constexpr int kChannels[] = {1, 3, 8, 12, 16, 24};
    const bool depthwise = draw_.below(4) == 0;
    int groups = depthwise ? s.c : 1;
    if (!depthwise && s.c % 4 == 0 && draw_.coin()) groups = 2;
    const int out = depthwise ? s.c : groups * kChannels[draw_.below(6)];
    Conv conv = random_conv(draw_, s.c, out, kernel_for(s, 5), groups);
    conv.pad = pads_for(conv.kernel);
    conv.stride = {1 + draw_.below(2), 1 + draw_.below(2)};
    if (2 * conv.kernel.h - 1 <= s.h && 2 * conv.kernel.w - 1 <= s.w && draw_.below(4) == 0)
      conv.dilation = {2, 2};
    if (draw_.below(4) == 0) conv.bias = nullptr;
    net_.add(conv, {from});
    if (draw_.coin()) add(Activation{}, net_.last());
  }

  void add(const Pool&, int from) {
    Pool pool;
    pool.kind = draw_.coin() ? Pool::Kind::max : Pool::Kind::average;
    pool.kernel = kernel_for(shape(from), 4);
    pool.stride = {1 + draw_.below(2), 1 + draw_.below(2)};
    pool.pad = {draw_.below(pool.kernel.h / 2 + 1), draw_.below(pool.kernel.w / 2 + 1),
                draw_.below(pool.kernel.h / 2 + 1), draw_.below(pool.kernel.w / 2 + 1)};
    pool.ceil_mode = draw_.coin();
    pool.count_include_pad = draw_.coin();
    net_.add(pool, {from});
  }

  void add(const Lrn&, int from) {
    net_.add(Lrn{1 + draw_.below(6), 0.5f, draw_.coin() ? 0.75f : 0.6f, 1 + draw_.below(2) * 0.5f},
             {from});
  }

  void add(const Affine&, int from) {
    const Shape& s = shape(from);
    const std::size_t count = draw_.coin() ? std::size_t(s.c) : s.volume();
    net_.add(Affine{draw_.floats(count, 0.5f, 1), draw_.floats(count, 0.5f)}, {from});
  }

  /// Values between 0.5 and 1.5, where every function is smooth.
  int bounded(int from) {
    const std::size_t channels = std::size_t(shape(from).c);
    const int unit = net_.add(Activation{Activation::Kind::sigmoid}, {from});
    return net_.add(Affine{numbers(std::vector<float>(channels, 1)),
                           numbers(std::vector<float>(channels, 0.5f))},
                    {unit});
  }

  /// No steps: they would turn a difference in the last place into one of 1.
  void add(const Activation&, int from) {
    using Kind = Activation::Kind;
    static constexpr Kind kAnywhere[] = {
        Kind::relu,      Kind::leaky_relu, Kind::prelu,        Kind::clip,     Kind::sigmoid,
        Kind::tanh,      Kind::hard_swish, Kind::hard_sigmoid, Kind::erf,      Kind::gelu,
        Kind::gelu_tanh, Kind::swish,      Kind::mish,         Kind::elu,      Kind::selu,
        Kind::celu,      Kind::softplus,   Kind::softsign,     Kind::absolute, Kind::shrink};
    static constexpr Kind kBounded[] = {Kind::exponential, Kind::logarithm, Kind::square_root,
                                        Kind::reciprocal,  Kind::power,     Kind::sine,
                                        Kind::cosine};
    Activation op;
    if (draw_.below(6) == 0) {
      op.kind = kBounded[draw_.below(int(std::size(kBounded)))];
      op.alpha = draw_.coin() ? 2 : -0.7f;
      net_.add(op, {bounded(from)});
      return;
    }
    op.kind = kAnywhere[draw_.below(int(draw_.coin() ? 7 : std::size(kAnywhere)))];
    op.alpha = 0.3f, op.beta = 0.7f;
    if (op.kind == Kind::clip) op.alpha = -0.2f;
    if (op.kind == Kind::shrink) op.beta = op.alpha;
    if (op.kind == Kind::prelu)
      op.slope = draw_.floats(draw_.coin() ? 1 : std::size_t(shape(from).c), 0.5f);
    net_.add(op, {from});
  }

  /// One axis, or any of the seven sets of axes.
  AxisSet axes() {
    if (draw_.coin()) return one_axis(draw_.below(3));
    const int bits = 1 + draw_.below(7);
    return {(bits & 1) != 0, (bits & 2) != 0, (bits & 4) != 0};
  }

  void add(const Normalisation&, int from) {
    net_.add(Normalisation{Normalisation::Kind(draw_.below(5)), axes(), 0.1f,
                           Normalisation::Guard(draw_.below(3))},
             {from});
  }

  void add(const Softmax&, int from) {
    net_.add(Softmax{axes(), draw_.coin() ? Softmax::Kind::probability : Softmax::Kind::logarithm},
             {from});
  }

  void add(const Reduce&, int from) {
    Reduce op{Reduce::Kind(draw_.below(5)), draw_.coin() ? kOverSpace : axes()};
    const bool is_extremum = op.kind == Reduce::Kind::maximum || op.kind == Reduce::Kind::minimum;
    // Values between 0 and 1: sums do not cancel, and products of few do not vanish.
    if (!is_extremum) from = net_.add(Activation{Activation::Kind::sigmoid}, {from});
    const Shape &in = shape(from), out = output_shape("", op, {in});
    if (op.kind == Reduce::Kind::product && in.volume() > 32 * out.volume())
      op.kind = Reduce::Kind::mean;
    net_.add(op, {from});
  }

  /// A map's matrices, or the products of all with one of them, times the transposed.
  void add(const MatMul&, int from) {
    if (shape(from).c * shape(from).h * shape(from).h > 20000) return;
    const int left = net_.add(Activation{Activation::Kind::tanh}, {from});
    int right = net_.add(graph::transposed(shape(left), {0, 2, 1}), {left});
    if (draw_.coin()) right = net_.add(Slice{0, 0, 1}, {right});
    net_.add(MatMul{}, {left, right});
  }

  /// What broadcasts over `from`: the mean of its positions, or one channel, row or column of it.
  int narrowed(int from) {
    const int axis = draw_.below(4);
    if (axis == 3) return net_.add(Reduce{}, {from});
    const int at = draw_.below(std::array{shape(from).c, shape(from).h, shape(from).w}[axis]);
    return net_.add(Slice{axis, at, at + 1}, {from});
  }

  void add(const Elementwise&, int from) {
    using Kind = Elementwise::Kind;
    static constexpr Kind kKinds[] = {Kind::sum,     Kind::product,    Kind::maximum,
                                      Kind::minimum, Kind::difference, Kind::quotient,
                                      Kind::power};
    const Kind kind = kKinds[draw_.below(int(std::size(kKinds)))];
    if (draw_.coin() || !is_commutative(kind)) {
      int first = from, second = narrowed(draw_.coin() ? from : narrowed(from));
      if (draw_.coin()) std::swap(first, second);
      if (kind == Kind::power) first = bounded(first);
      if (kind == Kind::power || kind == Kind::quotient) second = bounded(second);
      net_.add(Elementwise{kind}, {first, second});
      return;
    }
    std::vector<int> inputs{from};
    for (int i = 0; i < int(net_.graph.nodes.size()); ++i)
      if (shape(i) == shape(from) && inputs.size() < 3 && draw_.coin()) inputs.push_back(i);
    if (inputs.size() < 2) inputs.push_back(from);
    net_.add(Elementwise{kind}, inputs);
  }

  void add(const Concat&, int from) {
    const int axis = draw_.below(3);
    std::vector<int> inputs{from};
    const auto fits = [&](const Shape& a, const Shape& b) {
      return (axis == 0 || a.c == b.c) && (axis == 1 || a.h == b.h) && (axis == 2 || a.w == b.w);
    };
    for (int i = 0; i < int(net_.graph.nodes.size()); ++i)
      if (fits(shape(i), shape(from)) && inputs.size() < 4 && draw_.coin()) inputs.push_back(i);
    int channels = 0;
    for (int i : inputs) channels += shape(i).c;
    if (channels > 96) return;
    net_.add(Concat{axis}, inputs);
  }

  void add(const Slice&, int from) {
    const int axis = draw_.below(3);
    const int size = std::array{shape(from).c, shape(from).h, shape(from).w}[axis];
    const int begin = draw_.below(std::max(1, size / 3));
    net_.add(Slice{axis, begin, begin + 1 + draw_.below(size - begin)}, {from});
  }

  void add(const Pad&, int from) {
    net_.add(Pad{{draw_.below(3), draw_.below(3), draw_.below(3), draw_.below(3)}, draw_.value()},
             {from});
  }

  void add(const Rearrange&, int from) {
    const Shape s = shape(from);
    const auto order =
        draw_.coin() ? testing_moves::Channels::block_first : testing_moves::Channels::block_last;
    const int axis = draw_.below(3), side = 2 + draw_.below(2);
    const int half = std::max(1, graph::extent(s, axis) / 2);
    switch (draw_.below(8)) {
      case 0:
        net_.add(graph::transposed(s, draw_.coin() ? std::array{0, 2, 1} : std::array{1, 2, 0}),
                 {from});
        break;
      case 1:
        if (s.c % side == 0) net_.add(graph::shuffled(s, side), {from});
        break;
      case 2:
        if (s.h % side == 0 && s.w % side == 0)
          net_.add(testing_moves::space_to_depth(s, side, order), {from});
        break;
      case 3:
        if (s.c % (side * side) == 0 && s.area() < 400)
          net_.add(testing_moves::depth_to_space(s, side, order), {from});
        break;
      case 4:
        net_.add(testing_moves::flipped(s, axis), {from});
        break;
      case 5:
        if (s.volume() < 4000 && (axis > 0 || s.c < 40))
          net_.add(testing_moves::repeated(s, axis, side), {from});
        break;
      case 6:
        if (s.h % side == 0 && s.w % side == 0)
          net_.add(testing_moves::windows_of(s, side), {from});
        break;
      default:
        net_.add(testing_moves::stepped(s, axis, draw_.below(half), 1 + draw_.below(3)), {from});
    }
  }

  /// A constant by itself, or joined to a map, as a class token or a table of positions.
  void add(const Parameter&, int from) {
    const Shape s = shape(from);
    const Shape own = draw_.coin() ? s : Shape{s.c, s.h, 1 + draw_.below(3)};
    const int constant = net_.add(Parameter{draw_.floats(own.volume())}, {}, own);
    if (own == s && draw_.coin())
      net_.add(Elementwise{}, {from, constant});
    else if (draw_.coin())
      net_.add(Concat{2}, draw_.coin() ? std::vector{constant, from} : std::vector{from, constant});
  }

  void add(const Reshape&, int from) {
    const Shape s = shape(from);
    net_.add(Reshape{}, {from}, {s.c * s.h, 1, s.w});
  }

  void add(const Resample&, int from) {
    const Shape& s = shape(from);
    Resample op;
    constexpr int kMost = 24;
    if (draw_.coin()) op.y = axis_taps(drawn_taps(draw_, s.h, 1 + draw_.below(kMost), 4));
    if (draw_.coin()) op.x = axis_taps(drawn_taps(draw_, s.w, 1 + draw_.below(kMost), 3));
    net_.add(op, {from});
  }

  void add(const FullyConnected&, int from) {
    const int in = int(shape(from).volume()), out = 1 + draw_.below(20);
    if (in > 6000) return;
    const int flat = net_.add(Reshape{}, {from}, {in, 1, 1});
    net_.add(FullyConnected{out, draw_.floats(std::size_t(in) * out, 1 / std::sqrt(float(in))),
                            draw_.floats(out)},
             {flat});
  }

  Draw& draw_;
  Network& net_;
};

/// Half convolutions and residual blocks, half any operation.
inline Graph random_network(unsigned seed) {
  Draw draw(seed);
  Network net({1 + draw.below(4), 9 + draw.below(9), 9 + draw.below(9)});
  Grower grower(draw, net);
  while (int(net.graph.nodes.size()) < 12) {
    const int from = grower.any();
    if (draw.below(8) == 0)
      grower.residual(from);
    else if (draw.below(4) == 0)
      grower.grow(Operation(Conv{}).index(), from);
    else
      grower.grow(draw.below(int(Grower::kOperations)), from);
  }
  return net.graph;
}

}  // namespace rfmap::testing_engines
