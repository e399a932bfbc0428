#pragma once

#include <cstddef>
#include <cstdint>
#include <map>
#include <memory>
#include <vector>

#include "ptx/cudnn/descriptors.h"

namespace rfmap::ptx {

/// A tensor as cuDNN was told: dimensions n, c, h, w, and strides in elements.
struct TensorLayout {
  std::int64_t uid = 0;
  std::vector<std::int64_t> dims, strides;
  cudnnDataType_t type = CUDNN_DATA_FLOAT;
  bool is_virtual = false;  ///< not in memory
  std::int64_t alignment = 1;

  std::int64_t count() const;
  /// From the first byte to the last.
  std::size_t bytes() const;
};

struct ConvolutionForward {
  TensorLayout x, w, y;
  std::vector<std::int64_t> pads, strides, dilations;
  bool mirrors = false;  ///< a convolution, not a cross-correlation
};

/// One of each kind, in the order of the graph. Anything else ends the program.
struct GraphStep {
  enum class Kind { convolution, sum, relu } kind;
  ConvolutionForward convolution;
  TensorLayout x, b, y;
};

struct OperationGraph {
  std::vector<GraphStep> steps;
};

/// What a graph's descriptor holds.
OperationGraph read_graph(const Descriptor& graph);

struct Execution {
  std::map<std::int64_t, void*> tensors;  ///< by uid
  void* workspace = nullptr;
  std::size_t workspace_bytes = 0;
  bool rounds_to_tf32 = false;
};

/// Computes on the host, sums in fp32. Memory is checked, and the workspace overwritten.
void execute(const std::shared_ptr<const OperationGraph>& graph, const Execution& how);

}  // namespace rfmap::ptx
