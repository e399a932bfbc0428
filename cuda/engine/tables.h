#pragma once

#include <cstddef>
#include <vector>

#include "rfmap/engine.h"

#include "engine/memory.h"

namespace rfmap::cuda {

/// How much of a call's fixed tables a program reads, in entries; 0: none of it.
struct TableSizes {
  std::size_t images = 0, occluders = 0, parents = 0, channels = 0;
  std::vector<std::size_t> windows, live;  ///< by table
  int reads = 0, points = 0;               ///< number of tables; their sizes are the call's
};
TableSizes table_sizes(const Program& program);

/// A call's tables on the device.
struct DeviceTables {
  const float* images = nullptr;
  const Occluder* occluders = nullptr;
  const int* parents = nullptr;
  const int* channels = nullptr;
  std::vector<const Point*> windows;
  std::vector<const Rect*> live;
  std::vector<const Read*> reads;
  std::vector<const PointRead*> points;
};

/// Brings a call's tables to the device in one copy. Those of fixed size come first, so that their
/// addresses are the same for every call of a program: recorded work may use them.
class TableStage {
 public:
  explicit TableStage(std::shared_ptr<Device> device) : device_(std::move(device)) {}
  /// Makes room for a program's tables; true where addresses given out before are void.
  bool reserve(const TableSizes& sizes, const Call& call);
  /// The copy is under way when this returns, and kernels wait for it. Throws EngineError where a
  /// table is too short.
  DeviceTables upload(const TableSizes& sizes, const Call& call);
  std::size_t bytes() const { return memory_.bytes(); }

 private:
  std::shared_ptr<Device> device_;
  Memory memory_, host_;
};

}  // namespace rfmap::cuda
