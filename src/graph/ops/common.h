#pragma once

#include <string>

#include "graph/facts.h"

/// Checks and facts shared by several operations.
namespace rfmap::graph {

std::string text(const Shape& shape);
std::string text(const Size& size);

/// A side as int; throws ModelError if it is not positive or too large.
int checked_side(const Given& given, std::int64_t side);

void expect_axis(const Given& given, int axis);

/// A sliding window along one axis.
struct SideWindow {
  std::int64_t kernel, stride, dilation, before, after;
};
/// Windows along an axis of n; in ceil mode one that would start in the end padding is dropped (as
/// PyTorch and ONNX Runtime do).
int windows_along(const Given& given, std::int64_t n, const SideWindow& window, bool ceil_mode);

/// Throws ModelError if the kernel does not fit.
template <class Op>
Size map_size(const Given& g, const Op& o, bool ceil_mode) {
  const Size size{
      windows_along(g, g.in().h, {o.kernel.h, o.stride.h, o.dilation.h, o.pad.top, o.pad.bottom},
                    ceil_mode),
      windows_along(g, g.in().w, {o.kernel.w, o.stride.w, o.dilation.w, o.pad.left, o.pad.right},
                    ceil_mode)};
  if (size.h < 1 || size.w < 1)
    g.fail("its " + text(o.kernel) + " kernel does not fit into its input of " + text(g.in()) +
           "; a larger input size would help");
  return size;
}

template <class Op>
InputReads window_reads(const Op& o, const ChannelReads& channels) {
  return {Sliding{o.kernel.h, o.stride.h, o.dilation.h, o.pad.top},
          Sliding{o.kernel.w, o.stride.w, o.dilation.w, o.pad.left}, channels};
}

}  // namespace rfmap::graph
