#pragma once

#include <cstddef>
#include <span>
#include <vector>

#include "plan/engine.h"
#include "plan/windows/class.h"

namespace rfmap::run {

/// Positions and live cells of the windows of a call, [window][sample].
struct WindowTables {
  void resize(std::size_t windows, int batch);
  /// The windows of one sample, both axes.
  void set(std::size_t sample, std::span<const plan::WindowPlace> y,
           std::span<const plan::WindowPlace> x);
  /// Fills the batch with the last of `count` samples' windows, with no live cells.
  void fill_up(std::size_t count);
  /// Appended after the call's existing tables.
  void append_to(plan::Call& call) const;

  std::vector<std::vector<Point>> first;
  std::vector<std::vector<Rect>> live;
};

}  // namespace rfmap::run
