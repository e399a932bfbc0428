#pragma once

#include <functional>
#include <vector>

#include "rfmap/graph.h"

#include "onednn/constants.h"

/// The tape of reverse mode: a value and a gradient of every node, and the kernels that fill them.
namespace rfmap::gradient {

using onednn::Desc;
using onednn::floats;
using Kernels = std::vector<std::function<void()>>;

/// One node. The gradient is in its reader's preferred layout, or, with several readers, in the
/// value's.
struct Slot {
  Shape shape;
  std::vector<int> inputs;
  dnnl::memory value, gradient;
  int readers = 0;          ///< uses as an input
  bool reached = false;     ///< the current backward pass has written the gradient
  std::vector<int> routes;  ///< max pooling: index of each output's maximum
  std::vector<float>
      factor;  ///< normalisations: values that the backward pass needs from the forward pass
};

/// The destination of an input's gradient. `done` runs after the kernel.
struct Sink {
  dnnl::memory memory;
  std::function<void()> done;
};

class Tape {
 public:
  /// Slots of all nodes, without memory. `engine` must outlive the tape.
  Tape(const dnnl::engine& engine, const Graph& graph);
  Tape(const Tape&) = delete;

  Slot& at(int node) { return slots_[node]; }
  const Slot& at(int node) const { return slots_[node]; }
  Slot& input(int node, int i) { return slots_[slots_[node].inputs[i]]; }
  const dnnl::engine& engine() const { return engine_; }
  dnnl::stream& stream() { return stream_; }
  onednn::Constants& constants() { return constants_; }

  dnnl::memory make(const Desc& desc) const { return dnnl::memory(desc, engine_); }
  /// The same numbers in another layout: `from` itself, or a copy that a kernel refreshes.
  dnnl::memory convert(const dnnl::memory& from, const Desc& wanted, Kernels& kernels);
  /// Memory in the layout `desc` for the gradient of a node, to which each reader adds a part.
  Sink sink(int node, const Desc& desc);
  /// For a node whose gradient no reader has written.
  void need_gradient(int node);

 private:
  void add_part(Slot& slot, const dnnl::memory& part);

  dnnl::engine engine_;
  dnnl::stream stream_;
  onednn::Constants constants_;
  std::vector<Slot> slots_;
};

/// Floats that a layout takes, padding of channels included.
inline std::size_t count(const Desc& desc) { return desc.get_size() / sizeof(float); }
inline Desc plain(const Shape& shape) { return onednn::plain_desc(1, shape); }

}  // namespace rfmap::gradient
