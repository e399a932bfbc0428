#pragma once

#include <array>
#include <cstddef>
#include <optional>

#include "onednn/library.h"

namespace rfmap::onednn {

/// Where value (n, c, y, x) of a tensor lies, in floats: plain order, or channels in blocks of
/// `block` (oneDNN's nChw8c, nChw16c), or channels last.
struct Layout {
  std::array<std::size_t, 4> stride{};  ///< of n, channel block, y, x
  std::size_t block = 1;
  std::size_t base = 0;

  std::size_t at(int n, int c, int y, int x) const {
    return base + n * stride[0] + c / block * stride[1] + c % block + y * stride[2] + x * stride[3];
  }
};

/// Nothing for layouts of another kind.
std::optional<Layout> layout_of(const Desc& desc);

}  // namespace rfmap::onednn
