#pragma once

#include <algorithm>
#include <random>
#include <string>
#include <vector>

#include "rfmap/graph.h"

#include "graph_builder.h"
#include "rearrangements.h"

namespace rfmap::test {

/// Computes an operation of which a graph knows only the reads: by the definitions of PyTorch's
/// ConvTranspose2d and Upsample(mode="bilinear"), the same on both axes.
struct Stretch {
  bool transposed = true;  ///< else bilinear to twice the size
  int kernel = 1, stride = 1, pad = 0;

  AxisReads reads() const {
    if (!transposed) return {0.5, -0.25, 1, 1, true, true, true};
    return {1.0 / stride, double(pad) / stride, (kernel - 1.0) / stride, 0};
  }
  int extent(int n) const { return transposed ? (n - 1) * stride + kernel - 2 * pad : 2 * n; }
  bool moves(int in, int out, int n) const {
    if (transposed) {
      const int tap = out + pad - in * stride;
      return tap >= 0 && tap < kernel;
    }
    const double source = std::max(0.0, (out + 0.5) / 2 - 0.5);
    const int low = int(source), high = std::min(low + 1, n - 1);
    return in == low || (in == high && source > low);
  }
};

/// Writes the kind so that evaluate() can read it again.
inline TheoryOnly stretch_op(const Stretch& s) {
  return {std::string(s.transposed ? "t" : "b") + char('0' + s.kernel) + char('0' + s.stride) +
              char('0' + s.pad),
          s.reads(), s.reads()};
}
inline Stretch stretch_of(const TheoryOnly& op) {
  return {op.kind[0] == 't', op.kind[1] - '0', op.kind[2] - '0', op.kind[3] - '0'};
}

enum class Kinds { windows, moves_too };

/// Random graphs, one channel, of windows, borders, slices, joins, global pooling and upsampling;
/// perhaps of rearrangements too.
class RandomGraph {
 public:
  explicit RandomGraph(unsigned seed, Kinds kinds = Kinds::windows)
      : random_(seed), net_({1, 10 + below(8), 10 + below(8)}) {
    const int steps = 2 + below(6);
    for (int i = 0; i < steps; ++i)
      if (kinds == Kinds::moves_too && below(3) > 0)
        move(last());
      else
        step();
  }
  const Graph& graph() const { return net_.graph; }
  /// No slice or spatial join: then the affine formula must be exact inside the image.
  bool plain() const { return plain_; }

 private:
  int below(int n) { return int(random_() % unsigned(n)); }
  std::string name() const { return std::to_string(net_.graph.nodes.size()); }
  int last() const { return int(net_.graph.nodes.size()) - 1; }

  template <class Op>
  Op window(int in, bool strided) {
    Op op;
    const Shape& s = net_.shape(in);
    op.kernel = {1 + below(std::min(s.h, 4)), 1 + below(std::min(s.w, 4))};
    op.dilation = {1 + below(2), 1 + below(2)};
    if (strided) op.stride = {1 + below(2), 1 + below(2)};
    const int h = op.dilation.h * (op.kernel.h - 1), w = op.dilation.w * (op.kernel.w - 1);
    op.pad = {below(h + 1), below(w + 1), 0, 0};  // without stride the map keeps its size
    op.pad.bottom = h - op.pad.top;
    op.pad.right = w - op.pad.left;
    return op;
  }
  int conv(int in, bool strided) {
    Conv op = window<Conv>(in, strided);
    op.out_channels = 1;
    return net_.add(name(), op, {in});
  }
  int pool(int in) {
    Pool op = window<Pool>(in, true);
    op.kind = Pool::Kind::average;
    op.ceil_mode = below(2) == 1;
    return net_.add(name(), op, {in});
  }
  /// Changes `node` to the size of `like`: sliced where larger, padded where smaller.
  int fit(int node, int like) {
    for (int axis : {1, 2}) {
      const int have = axis == 1 ? net_.shape(node).h : net_.shape(node).w;
      const int want = axis == 1 ? net_.shape(like).h : net_.shape(like).w;
      if (have > want) {
        const int begin = below(have - want + 1);
        node = net_.add(name(), Slice{axis, begin, begin + want}, {node});
        plain_ = false;
      } else if (have < want) {
        Pad pad;
        (axis == 1 ? pad.margins.bottom : pad.margins.right) = want - have;
        node = net_.add(name(), pad, {node});
      }
    }
    return node;
  }
  void stretch(int in) {
    Stretch s;
    s.transposed = below(3) > 0;
    s.stride = 1 + below(2);
    s.kernel = s.stride + below(3);  // every position reads something
    s.pad = below((s.kernel + 1) / 2);
    const Shape& from = net_.shape(in);
    const Shape shape{1, s.extent(from.h), s.extent(from.w)};
    if (shape.h < 1 || shape.w < 1 || shape.area() > 1200) return;
    plain_ = false;
    net_.add(name(), stretch_op(s), {in}, shape);
  }
  int mix(int in, int channels) {
    Conv op;
    op.out_channels = channels;
    return net_.add(name(), op, {in});
  }
  void move(int in) {
    const Shape s = net_.shape(in);
    const int axis = 1 + below(2), side = 2 + below(2);
    switch (below(5)) {
      case 0:
        if (s.h % side == 0 && s.w % side == 0)
          mix(net_.add(name(), testing_moves::space_to_depth(s, side), {in}), 1);
        break;
      case 1: {
        if (s.area() > 200) break;
        const Rearrange back = testing_moves::depth_to_space({side * side, s.h, s.w}, side);
        net_.add(name(), back, {mix(in, side * side)});
        break;
      }
      case 2:
        if (s.area() < 400) net_.add(name(), testing_moves::repeated(s, axis, side), {in});
        break;
      case 3:
        if (s.h > 3 && s.w > 3)
          net_.add(name(), testing_moves::stepped(s, axis, below(2), side), {in});
        break;
      default:
        conv(in, true);
    }
  }
  void step() {
    const int in = last();
    switch (below(10)) {
      case 0:
      case 1:
        conv(in, true);
        break;
      case 2:
        pool(in);
        break;
      case 3: {
        const int a = conv(in, false), b = conv(in, below(2) == 1);
        net_.sum(name(), {a, fit(b, a)});
        break;
      }
      case 4: {
        const int global = net_.add(name(), Reduce{}, {conv(in, false)});
        net_.sum(name(), {in, global});
        break;
      }
      case 5: {
        const int axis = 1 + below(2), side = axis == 1 ? net_.shape(in).h : net_.shape(in).w;
        if (side < 4) break;
        plain_ = false;
        net_.add(name(), Slice{axis, 1 + below(2), side - below(2)}, {in});
        break;
      }
      case 6: {
        const int axis = 1 + below(2), side = axis == 1 ? net_.shape(in).h : net_.shape(in).w;
        if (side < 4) break;
        plain_ = false;
        const int half = 1 + below(side - 1);  // halves are swapped
        const int a = net_.add(name(), Slice{axis, 0, half}, {in});
        const int b = net_.add(name(), Slice{axis, half, side}, {in});
        net_.concat(name(), {b, a}, axis);
        break;
      }
      case 7:
      case 8:
        stretch(in);
        break;
      default: {
        Pad pad;
        pad.margins = {below(2), below(2), below(2), below(2)};
        net_.add(name(), pad, {in});
      }
    }
  }

  std::mt19937 random_;
  GraphBuilder net_;
  bool plain_ = true;
};

}  // namespace rfmap::test
