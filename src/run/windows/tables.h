#pragma once

#include <cstddef>
#include <span>
#include <vector>

#include "plan/engine.h"
#include "plan/windows/class.h"

namespace rfmap::run {

/// The samples of a call: positions and live cells of their windows, [window][sample], and what
/// they are copies of.
struct WindowTables {
  /// Forgets all samples.
  void resize(std::size_t windows, int batch);
  /// The windows of one sample, both axes.
  void set(std::size_t sample, std::span<const plan::WindowPlace> y,
           std::span<const plan::WindowPlace> x);
  /// Fills the batch with the last sample, with no live cells.
  void fill_up(int batch);
  /// Windows are appended after the call's existing tables.
  void append_to(plan::Call& call) const;

  std::vector<std::vector<Point>> first;
  std::vector<std::vector<Rect>> live;
  std::vector<plan::Occluder> occluders;
  std::vector<int> parents, channels;  ///< of own windows only
};

}  // namespace rfmap::run
