#include "graph/rearrange.h"

#include <algorithm>
#include <variant>

#include "core/overloaded.h"
#include "gradient/operations.h"

namespace rfmap::gradient {
namespace {

/// Operations that only move values.
using Moving = std::variant<Concat, Slice, Pad, Reshape, Rearrange>;

/// The source of an output value: index `place` of input `input`, in plain order; input -1: a
/// constant.
struct Move {
  int input = -1;
  std::size_t place = 0;
};

using Position = graph::MapPosition;

Position extents(const Shape& shape) { return {shape.c, shape.h, shape.w}; }

std::size_t place_of(const Shape& shape, const Position& p) {
  return (std::size_t(p[0]) * shape.h + p[1]) * shape.w + p[2];
}

Move concatenated(const Concat& op, const std::vector<Shape>& in, Position p) {
  int input = 0;
  while (p[op.axis] >= extents(in[input])[op.axis]) p[op.axis] -= extents(in[input++])[op.axis];
  return {input, place_of(in[input], p)};
}

Move padded(const Pad& op, const Shape& in, Position p) {
  p[1] -= op.margins.top;
  p[2] -= op.margins.left;
  const bool inside = p[1] >= 0 && p[1] < in.h && p[2] >= 0 && p[2] < in.w;
  return inside ? Move{0, place_of(in, p)} : Move{};
}

Move move_of(const Moving& op, const std::vector<Shape>& in, const Shape& out, Position p) {
  return std::visit(core::Overloaded{
                        [&](const Concat& o) { return concatenated(o, in, p); },
                        [&](const Slice& o) {
                          p[o.axis] += o.begin;
                          return Move{0, place_of(in[0], p)};
                        },
                        [&](const Pad& o) { return padded(o, in[0], p); },
                        [&](const Rearrange& o) {
                          return Move{0, place_of(in[0], graph::source_of(o, p))};
                        },
                        [&](const Reshape&) {
                          return Move{0, place_of(out, p)};
                        },
                    },
                    op);
}

std::vector<Move> moves_of(const Tape& tape, const Moving& op, int node) {
  const Slot& slot = tape.at(node);
  std::vector<Shape> in;
  for (int input : slot.inputs) in.push_back(tape.at(input).shape);
  std::vector<Move> moves;
  moves.reserve(slot.shape.volume());
  for (int c = 0; c < slot.shape.c; ++c)
    for (int y = 0; y < slot.shape.h; ++y)
      for (int x = 0; x < slot.shape.w; ++x)
        moves.push_back(move_of(op, in, slot.shape, {c, y, x}));
  return moves;
}

float constant_of(const Moving& op) {
  const auto* border = std::get_if<Pad>(&op);
  return border ? border->value : 0;
}

Kernels forward_moves(Tape& tape, const Moving& op, int node) {
  Kernels kernels;
  Slot& slot = tape.at(node);
  slot.value = tape.make(plain(slot.shape));
  std::vector<dnnl::memory> from;
  for (std::size_t i = 0; i < slot.inputs.size(); ++i) {
    const Slot& in = tape.input(node, int(i));
    from.push_back(tape.convert(in.value, plain(in.shape), kernels));
  }
  kernels.push_back([from, constant = constant_of(op), moves = moves_of(tape, op, node), &slot] {
    float* to = floats(slot.value);
    for (std::size_t i = 0; i < moves.size(); ++i)
      to[i] = moves[i].input < 0 ? constant : floats(from[moves[i].input])[moves[i].place];
  });
  return kernels;
}

/// The gradient of a value is the sum over its copies.
Kernels backward_moves(Tape& tape, const Moving& op, int node) {
  Kernels kernels;
  const Slot& slot = tape.at(node);
  const dnnl::memory gradient = tape.convert(slot.gradient, plain(slot.shape), kernels);
  std::vector<Sink> sinks;
  for (int input : slot.inputs) sinks.push_back(tape.sink(input, plain(tape.at(input).shape)));
  kernels.push_back([sinks, gradient, moves = moves_of(tape, op, node)] {
    for (const Sink& sink : sinks)
      std::fill_n(floats(sink.memory), count(sink.memory.get_desc()), 0.f);
    for (std::size_t i = 0; i < moves.size(); ++i)
      if (moves[i].input >= 0)
        floats(sinks[moves[i].input].memory)[moves[i].place] += floats(gradient)[i];
  });
  for (const Sink& sink : sinks) kernels.push_back(sink.done);
  return kernels;
}

}  // namespace

Kernels forward(Tape& tape, const Concat& op, int node) { return forward_moves(tape, op, node); }
Kernels forward(Tape& tape, const Slice& op, int node) { return forward_moves(tape, op, node); }
Kernels forward(Tape& tape, const Pad& op, int node) { return forward_moves(tape, op, node); }
Kernels forward(Tape& tape, const Reshape& op, int node) { return forward_moves(tape, op, node); }
Kernels forward(Tape& tape, const Rearrange& op, int node) { return forward_moves(tape, op, node); }
Kernels backward(Tape& tape, const Concat& op, int node) { return backward_moves(tape, op, node); }
Kernels backward(Tape& tape, const Slice& op, int node) { return backward_moves(tape, op, node); }
Kernels backward(Tape& tape, const Pad& op, int node) { return backward_moves(tape, op, node); }
Kernels backward(Tape& tape, const Reshape& op, int node) { return backward_moves(tape, op, node); }
Kernels backward(Tape& tape, const Rearrange& op, int node) {
  return backward_moves(tape, op, node);
}

Kernels forward(Tape& tape, const Parameter& op, int node) {
  Slot& slot = tape.at(node);
  slot.value = tape.make(plain(slot.shape));
  std::copy(op.values->begin(), op.values->end(), floats(slot.value));
  return {};
}

Kernels backward(Tape&, const Parameter&, int) { return {}; }

}  // namespace rfmap::gradient
