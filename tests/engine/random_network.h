#pragma once

#include <array>
#include <utility>
#include <variant>

#include "network.h"
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

  void add(const GlobalPool&, int from) {
    net_.add(GlobalPool{draw_.coin() ? Pool::Kind::max : Pool::Kind::average}, {from});
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

  void add(const Activation&, int from) {
    Activation op;
    op.kind = Activation::Kind(draw_.below(7));
    if (op.kind == Activation::Kind::leaky_relu) op.alpha = 0.3f;
    if (op.kind == Activation::Kind::clip) op.alpha = -0.2f, op.beta = 0.7f;
    if (op.kind == Activation::Kind::prelu)
      op.slope = draw_.floats(draw_.coin() ? 1 : std::size_t(shape(from).c), 0.5f);
    net_.add(op, {from});
  }

  void add(const LayerNorm&, int from) {
    net_.add(LayerNorm{draw_.coin() ? 0 : draw_.below(3), 0.1f}, {from});
  }

  void add(const Softmax&, int from) {
    net_.add(Softmax{draw_.below(3), draw_.below(4) == 0}, {from});
  }

  void add(const Elementwise&, int from) {
    const auto kind = Elementwise::Kind(draw_.below(3));
    if (draw_.coin()) {
      const int gate = net_.add(GlobalPool{}, {from});
      net_.add(Elementwise{kind}, draw_.coin() ? std::vector{from, gate} : std::vector{gate, from});
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

  void add(const ChannelShuffle&, int from) {
    if (shape(from).c % 2 == 0) net_.add(ChannelShuffle{2}, {from});
  }

  void add(const Transpose&, int from) {
    net_.add(Transpose{draw_.coin() ? std::array{0, 2, 1} : std::array{1, 2, 0}}, {from});
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
