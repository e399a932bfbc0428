#pragma once

#include <functional>
#include <map>
#include <optional>
#include <span>
#include <string>
#include <vector>

#include "engine/constants.h"
#include "engine/tables.h"
#include "engine/tally.h"
#include "plan/buffers.h"

namespace rfmap::cuda {

/// What a launch sees while a program runs.
struct Stage {
  Device& device;
  const DeviceTables& tables;
  const std::vector<Tensor>& tensors;   ///< by buffer
  const float* patches = nullptr;       ///< on the device
  const plan::Call* call = nullptr;     ///< of reading launches: how many entries its tables have
  std::span<std::byte* const> results;  ///< of reading launches: by reading step, on the device
};

/// One piece of work: a kernel, a library's plan.
struct Launch {
  std::string layer;  ///< with step and shapes, for messages
  std::function<void(const Stage&)> run;
  bool reads = false;  ///< its arguments differ from call to call
};

/// Launches of one program with their buffers; `offsets` in the arena, or residents' own places.
struct Compiled {
  std::vector<Launch> launches;
  std::vector<Tensor> tensors;       ///< by buffer; bind() gives those in the arena their place
  std::vector<bool> fixed;           ///< by buffer: has its own place
  std::vector<std::size_t> offsets;  ///< by buffer, in the arena
  std::size_t arena_bytes = 0;
  void bind(std::byte* arena);
};

/// How a strided convolution reads blocks of cells instead of cells (blocks.h).
struct BlockLayout {
  Size block;        ///< the convolution's stride
  Size kernel;       ///< in blocks
  Point pad;         ///< cells before the image
  Shape shape;       ///< of the blocks' tensor, channels in use
  int channels = 0;  ///< stored per block
};

/// Collects the launches of a program and the buffers between them, each with its tensor; a view
/// shares another's bytes in another shape.
class Builder {
 public:
  Builder(Device& on, Constants& of_session, Tally& of_engine, Precision used)
      : device(on), constants(of_session), tally(of_engine), precision(used) {}

  Device& device;
  Constants& constants;
  Tally& tally;
  const Precision precision;

  kernels::DType storage() const { return storage_of(precision); }

  /// Cells of `channels` numbers, those beyond shape.c filled up; 0: shape.c.
  int add(int batch, const Shape& shape, int channels = 0);
  int add_fixed(const Tensor& tensor);  ///< keeps its own place (resident values)
  int add_bytes(std::size_t bytes);     ///< a library's scratch memory
  int view(int of, const Shape& shape);
  /// A buffer that holds blocks of cells, for one convolution.
  void set_blocks(int buffer, const BlockLayout& layout) { blocks_[buffer] = layout; }
  std::optional<BlockLayout> blocks(int buffer) const {
    const auto found = blocks_.find(buffer);
    return found == blocks_.end() ? std::nullopt : std::optional(found->second);
  }
  const Tensor& tensor(int buffer) const { return tensors_[buffer]; }

  /// The launches that follow belong to step `step`.
  void begin_step(int step, const std::string& layer);
  const std::string& layer() const { return layer_; }
  /// A buffer whose channels lie as `parts` tensors, one after another (parts.h); 1: as usual.
  void set_parts(int buffer, int parts) { parts_[buffer] = parts; }
  int parts(int buffer) const {
    const auto found = parts_.find(buffer);
    return found == parts_.end() ? 1 : found->second;
  }
  /// As in plan/buffers.h, these two.
  void hold(int buffer, int last) { buffers_.hold(buffer, last); }
  bool dies(int buffer) const { return buffers_.dies(buffer); }
  /// A buffer of the same shape for new content: the same bytes when the buffer dies.
  int in_place(int buffer);

  void launch(const std::vector<int>& touched, std::function<void(const Stage&)> run,
              bool reads = false);
  /// Fills buffer `out` by a kernel; `make` gives its arguments from the buffers' tensors.
  template <class Make>
  void fill(int out, std::vector<int> inputs, Make make) {
    inputs.push_back(out);
    launch(inputs, [out, make](const Stage& stage) {
      stage.device.launch(stage.tensors[out], make(stage));
    });
  }

  Compiled finish();

 private:
  plan::Buffers buffers_;
  std::vector<Tensor> tensors_;        ///< by buffer; data only where fixed
  std::map<int, BlockLayout> blocks_;  ///< by buffer
  std::map<int, int> parts_;           ///< by buffer
  std::vector<Launch> launches_;
  std::string layer_;
};

}  // namespace rfmap::cuda
