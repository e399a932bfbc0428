#pragma once

#include <algorithm>
#include <vector>

#include "engine/random_network.h"
#include "plan/windows/extent.h"

/// Random networks whose nodes all have windows: local ones, and such with gates.
namespace rfmap::testing_engines {

/// Square convolution or pooling with random geometry that fits the map.
inline Operation random_window(Draw& draw, const Shape& in) {
  const int most = std::min({5, in.h, in.w});
  const Size kernel{1 + draw.below(most), 1 + draw.below(most)};
  const Size stride{1 + draw.below(2), 1 + draw.below(2)};
  const Margins pad{draw.below(kernel.h / 2 + 1), draw.below(kernel.w / 2 + 1),
                    draw.below(kernel.h / 2 + 1), draw.below(kernel.w / 2 + 1)};
  if (draw.below(3) > 0) {
    const int groups = in.c % 2 == 0 && draw.coin() ? 2 : 1;
    // Few channels, or whole blocks of 16 a group and some more.
    const int channels = draw.below(8) > 0 ? 2 * (1 + draw.below(6)) : 32 + 2 * draw.below(8);
    Conv conv = random_conv(draw, in.c, channels, kernel, groups);
    conv.stride = stride;
    conv.pad = pad;
    if (draw.below(4) == 0 && 2 * (kernel.h - 1) < in.h && 2 * (kernel.w - 1) < in.w)
      conv.dilation = {2, 2};
    return conv;
  }
  Pool pool;
  pool.kind = draw.coin() ? Pool::Kind::max : Pool::Kind::average;
  pool.kernel = kernel;
  pool.stride = stride;
  pool.pad = pad;
  pool.ceil_mode = draw.coin();
  pool.count_include_pad = draw.coin();
  return pool;
}

/// Two branches joined by a sum or a concatenation, as residual and inception blocks have.
inline void add_branches(Draw& draw, Network& net) {
  const int from = net.last();
  const Shape in = net.shape(from);
  Conv wide = random_conv(draw, in.c, in.c, {3, 3});
  wide.pad = {1, 1, 1, 1};
  int a = net.add(wide, {from});
  if (draw.coin()) a = net.add(relu(), {a});
  int b = from;
  if (draw.coin()) b = net.add(random_conv(draw, in.c, in.c, {1, 1}), {from});
  if (draw.coin()) {
    Pool pool;
    pool.kernel = {3, 3};
    pool.pad = {1, 1, 1, 1};
    pool.kind = draw.coin() ? Pool::Kind::max : Pool::Kind::average;
    b = net.add(pool, {b});
  }
  if (draw.coin())
    net.add(Elementwise{Elementwise::Kind(draw.below(3))}, {a, b});
  else
    net.add(Concat{0}, {a, b});
  if (draw.coin()) net.add(relu());
}

/// A map and what a convolution makes of it, one beside or below the other.
inline void add_joined_sides(Draw& draw, Network& net) {
  const int from = net.last();
  const Shape in = net.shape(from);
  if (in.area() > 250) return;  // the reference engine takes its time
  Conv conv = random_conv(draw, in.c, in.c, {3, 3});
  conv.pad = {1, 1, 1, 1};
  const int made = net.add(conv, {from});
  std::vector<int> parts = draw.coin() ? std::vector{made, from} : std::vector{from, made};
  if (draw.below(3) == 0) parts.push_back(made);
  net.add(Concat{1 + draw.below(2)}, parts);
  if (draw.coin()) net.add(relu());
}

/// An operation of any kind, if it is local there.
inline void add_any(Draw& draw, Network& net) {
  Network grown = net;
  Grower(draw, grown).grow(draw.below(int(Grower::kOperations)), net.last());
  if (plan::local_nodes(grown.graph)[grown.last()]) net = grown;
}

/// Every response may depend on every position, so that all are measured.
inline AxisTaps seen_from_afar(AxisTaps taps) {
  taps.reads.before = taps.reads.after = 1000;
  return taps;
}

/// One way to make m of n positions: enlarged, with zeros between, or reflected at the borders.
inline AxisTaps random_stretch(Draw& draw, int n) {
  const int kind = draw.below(4);
  if (kind == 0) return seen_from_afar(spread_taps(n, 2));
  if (kind == 1) return seen_from_afar(reflected_taps(n, draw.below(std::min(n, 3))));
  return seen_from_afar(stretched_taps(n, n + draw.below(n + 1), kind == 2));
}

/// What differs from position to position.
inline void add_stretched(Draw& draw, Network& net) {
  const Shape in = net.shape(net.last());
  if (in.area() > 250) return;  // the reference engine takes its time
  const auto order =
      draw.coin() ? testing_moves::Channels::block_first : testing_moves::Channels::block_last;
  if (in.c % 4 == 0 && draw.coin())
    net.add(testing_moves::depth_to_space(in, 2, order));
  else if (draw.below(4) == 0)
    net.add(testing_moves::repeated(in, 1 + draw.below(2), 2));
  else if (draw.below(6) == 0)
    net.add(testing_moves::flipped(in, 1 + draw.below(2)));
  else
    net.add(Resample{random_stretch(draw, in.h), random_stretch(draw, in.w)});
  if (draw.coin()) net.add(relu());
}

/// Down and up again, joined with what was before.
inline void add_u(Draw& draw, Network& net) {
  const int from = net.last();
  const Shape in = net.shape(from);
  Conv down = random_conv(draw, in.c, 2 + 2 * draw.below(4), {3, 3});
  down.stride = {2, 2};
  down.pad = {1, 1, 1, 1};
  const int low = net.add(relu(), {net.add(down, {from})});
  const Shape small = net.shape(low);
  const bool linear = draw.coin();
  net.add(Resample{seen_from_afar(stretched_taps(small.h, in.h, linear)),
                   seen_from_afar(stretched_taps(small.w, in.w, linear))},
          {low});
  if (draw.coin()) net.add(relu());
  net.add(Concat{0}, draw.coin() ? std::vector{net.last(), from} : std::vector{from, net.last()});
}

inline Graph windowable_network(Draw& draw) {
  Network net({3, 19 + draw.below(9), 19 + draw.below(9)});
  const int depth = 3 + draw.below(4);
  for (int i = 0; i < depth; ++i) {
    net.add(random_window(draw, net.shape(net.last())));
    if (draw.coin()) net.add(relu());
    if (draw.below(3) == 0) add_branches(draw, net);
    if (draw.coin()) add_stretched(draw, net);
    if (draw.below(4) == 0) add_u(draw, net);
    if (draw.below(4) == 0) add_joined_sides(draw, net);
    if (draw.coin()) add_any(draw, net);
    const Shape& s = net.shape(net.last());
    if (s.h < 4 || s.w < 4) break;
  }
  return net.graph;
}

/// Squeeze and excitation: a number per channel from all positions, or all of a row or column,
/// through two small convolutions, then joined with the map.
inline void add_gate(Draw& draw, Network& net) {
  const int from = net.last();
  const int channels = net.shape(from).c;
  Reduce squeeze;
  if (draw.below(4) == 0) squeeze.kind = Reduce::Kind::maximum;
  if (draw.below(4) == 0) squeeze.axes = one_axis(1 + draw.below(2));
  net.add(squeeze, {from});
  const int few = 1 + draw.below(4);
  net.add(random_conv(draw, channels, few, {1, 1}));
  net.add(relu());
  net.add(random_conv(draw, few, channels, {1, 1}));
  const int gate = net.add(Activation{Activation::Kind::sigmoid});
  const auto kind = draw.below(3) > 0 ? Elementwise::Kind::product : Elementwise::Kind::sum;
  net.add(Elementwise{kind}, draw.coin() ? std::vector{from, gate} : std::vector{gate, from});
  if (draw.coin()) net.add(relu());
}

/// Convolutions, poolings and gates, and operations of any kind between them.
inline Graph gated_network(Draw& draw) {
  Network net({3, 13 + draw.below(9), 13 + draw.below(9)});
  const int depth = 2 + draw.below(3);
  for (int i = 0; i < depth; ++i) {
    net.add(random_window(draw, net.shape(net.last())));
    if (draw.coin()) net.add(relu());
    if (draw.below(3) == 0) add_branches(draw, net);
    if (i == 0 || draw.coin()) add_gate(draw, net);
    if (draw.below(4) == 0) add_u(draw, net);
    Network grown = net;
    if (draw.coin()) Grower(draw, grown).grow(draw.below(int(Grower::kOperations)), grown.last());
    if (plan::windowable_nodes(grown.graph)[grown.last()]) net = grown;  // else it is a constant
    const Shape& s = net.shape(net.last());
    if (s.h < 4 || s.w < 4) break;
  }
  return net.graph;
}

}  // namespace rfmap::testing_engines
