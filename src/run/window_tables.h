#pragma once

#include <cstddef>
#include <span>
#include <vector>

#include "rfmap/engine.h"

#include "plan/window_class.h"

namespace rfmap {

/// Where the windows of a call lie and what of them counts, [window][sample].
struct WindowTables {
  void resize(std::size_t windows, int batch);
  /// The windows of one sample, both axes.
  void set(std::size_t sample, std::span<const WindowPlace> y, std::span<const WindowPlace> x);
  /// The last of `count` samples' windows, with nothing to compute, fill the batch up.
  void fill_up(std::size_t count);
  /// Behind the tables that the call has.
  void append_to(Call& call) const;

  std::vector<std::vector<Point>> first;
  std::vector<std::vector<Rect>> live;
};

}  // namespace rfmap
