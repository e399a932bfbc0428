#pragma once

#include <cstddef>
#include <vector>

#include "engine/memory.h"
#include "plan/engine.h"

namespace rfmap::cuda {

/// Number of entries of a call's fixed tables that a program reads; 0: none.
struct TableSizes {
  std::size_t images = 0, occluders = 0, parents = 0, channels = 0;
  std::vector<std::size_t> windows, live;  ///< by table
  int reads = 0, points = 0;               ///< number of tables; the call determines their sizes
};
TableSizes table_sizes(const plan::Program& program);

/// A call's tables on the device.
struct DeviceTables {
  const float* images = nullptr;
  const plan::Occluder* occluders = nullptr;
  const int* parents = nullptr;
  const int* channels = nullptr;
  std::vector<const Point*> windows;
  std::vector<const Rect*> live;
  std::vector<const plan::Read*> reads;
  std::vector<const plan::PointRead*> points;
};

/// Copies a call's tables to the device at once. Those of fixed size come first, so that their
/// addresses are the same for every call of a program and recorded work may use them.
class TableStage {
 public:
  explicit TableStage(std::shared_ptr<Device> device) : device_(std::move(device)) {}
  /// Allocates memory for a program's tables; true if earlier addresses are invalid.
  bool reserve(const TableSizes& sizes, const plan::Call& call);
  /// The copy may still run when this returns; kernels wait for it. Throws EngineError if a table
  /// is too short.
  DeviceTables upload(const TableSizes& sizes, const plan::Call& call);
  std::size_t bytes() const { return memory_.bytes(); }

 private:
  std::shared_ptr<Device> device_;
  Memory memory_, host_;
};

}  // namespace rfmap::cuda
