#include <algorithm>
#include <limits>

#include "core/pool_window.h"
#include "gradient/operations.h"
#include "onednn/layout.h"

namespace rfmap::gradient {
namespace {

/// A pooling between two layouts of equal channel blocks; one sample.
struct Pooling {
  Pool op;
  Shape from, to;
  onednn::Layout in, out;
  int blocks = 0;

  Size map() const { return {from.h, from.w}; }
  float weight(Point cell) const {
    return 1.f / float(core::average_divisor(op, core::counted_padding(op), map(), cell));
  }
};

struct Map {
  Shape shape;
  Desc desc;
};

Pooling describe(const Pool& op, const Map& from, const Map& to) {
  Pooling p{op, from.shape, to.shape, *onednn::layout_of(from.desc), *onednn::layout_of(to.desc)};
  p.blocks = int((p.from.c + p.in.block - 1) / p.in.block);
  return p;
}

/// Calls `visit` with the place of each output cell of a channel block, and with the cell.
template <class Visit>
void for_each_cell(const Pooling& p, int block, Visit visit) {
  for (int y = 0; y < p.to.h; ++y)
    for (int x = 0; x < p.to.w; ++x)
      visit(p.out.at(0, block * int(p.out.block), y, x), Point{y, x});
}

/// Calls `visit` with the place of each input cell under a kernel, in row-major order.
template <class Visit>
void for_each_tap(const Pooling& p, int block, Point cell, Visit visit) {
  core::for_each_cell_on(p.map(), p.op, cell,
                         [&](int y, int x) { visit(p.in.at(0, block * int(p.in.block), y, x)); });
}

void take_maxima(const Pooling& p, int block, const float* from, float* to, int* routes) {
  const std::size_t lanes = p.in.block;
  for_each_cell(p, block, [&](std::size_t cell, Point at) {
    std::fill_n(to + cell, lanes, -std::numeric_limits<float>::infinity());
    std::fill_n(routes + cell, lanes, -1);
    for_each_tap(p, block, at, [&](std::size_t tap) {
      for (std::size_t lane = 0; lane < lanes; ++lane) {
        const float value = from[tap + lane];
        if (routes[cell + lane] >= 0 && !(to[cell + lane] < value)) continue;
        to[cell + lane] = value;
        routes[cell + lane] = int(tap + lane);
      }
    });
  });
}

void take_means(const Pooling& p, int block, const float* from, float* to) {
  const std::size_t lanes = p.in.block;
  for_each_cell(p, block, [&](std::size_t cell, Point at) {
    std::fill_n(to + cell, lanes, 0.f);
    for_each_tap(p, block, at, [&](std::size_t tap) {
      for (std::size_t lane = 0; lane < lanes; ++lane) to[cell + lane] += from[tap + lane];
    });
    const float weight = p.weight(at);
    for (std::size_t lane = 0; lane < lanes; ++lane) to[cell + lane] *= weight;
  });
}

void send_back(const Pooling& p, int block, const float* gradient, float* to, const int* routes) {
  const std::size_t lanes = p.in.block;
  for_each_cell(p, block, [&](std::size_t cell, Point at) {
    if (p.op.kind == Pool::Kind::max) {
      for (std::size_t lane = 0; lane < lanes; ++lane)
        if (const int route = routes[cell + lane]; route >= 0) to[route] += gradient[cell + lane];
      return;
    }
    const float weight = p.weight(at);
    for_each_tap(p, block, at, [&](std::size_t tap) {
      for (std::size_t lane = 0; lane < lanes; ++lane)
        to[tap + lane] += weight * gradient[cell + lane];
    });
  });
}

/// The layout of `desc` for a map of another extent.
Desc like(const Desc& desc, const Shape& shape) {
  const auto layout = onednn::layout_of(desc);
  const bool blocked = layout && layout->block > 1;
  return blocked ? onednn::blocked_desc(1, shape) : plain(shape);
}

bool is_plain_or_blocked(const Slot& slot) {
  const Desc desc = slot.value.get_desc();
  return desc == plain(slot.shape) || desc == onednn::blocked_desc(1, slot.shape);
}

}  // namespace

Kernels forward(Tape& tape, const Pool& op, int node) {
  Kernels kernels;
  Slot &slot = tape.at(node), &in = tape.input(node, 0);
  dnnl::memory from = in.value;
  if (!is_plain_or_blocked(in)) from = tape.convert(in.value, plain(in.shape), kernels);
  slot.value = tape.make(like(from.get_desc(), slot.shape));
  if (op.kind == Pool::Kind::max) slot.routes.assign(count(slot.value.get_desc()), 0);
  const Map map{in.shape, from.get_desc()}, pooled{slot.shape, slot.value.get_desc()};
  kernels.push_back([pooling = describe(op, map, pooled), from, &slot] {
#pragma omp parallel for schedule(static)
    for (int block = 0; block < pooling.blocks; ++block) {
      if (pooling.op.kind == Pool::Kind::max)
        take_maxima(pooling, block, floats(from), floats(slot.value), slot.routes.data());
      else
        take_means(pooling, block, floats(from), floats(slot.value));
    }
  });
  return kernels;
}

Kernels backward(Tape& tape, const Pool& op, int node) {
  const Slot &slot = tape.at(node), &in = tape.input(node, 0);
  const Desc desc = slot.value.get_desc(), to_desc = like(desc, in.shape);
  const auto work = [pooling = describe(op, {in.shape, to_desc}, {slot.shape, desc}),
                     n = count(to_desc), &slot](const float* gradient, float* to) {
    std::fill_n(to, n, 0.f);
#pragma omp parallel for schedule(static)
    for (int block = 0; block < pooling.blocks; ++block)
      send_back(pooling, block, gradient, to, slot.routes.data());
  };
  return backward_in(tape, node, desc, to_desc, {}, work);
}

}  // namespace rfmap::gradient
