#pragma once

#include <functional>
#include <span>
#include <string>
#include <vector>

#include "engine/constants.h"
#include "engine/tables.h"
#include "plan/memory.h"

namespace rfmap::cuda {

/// What a launch sees while a program runs.
struct Stage {
  Device& device;
  const DeviceTables& tables;
  const std::vector<Tensor>& tensors;   ///< by buffer
  const float* patches = nullptr;       ///< on the device
  const Call* call = nullptr;           ///< of reading launches: how many entries its tables have
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

/// Collects the launches of a program and the buffers between them. Buffers are numbered; a view
/// shares another's bytes in another shape.
class Builder {
 public:
  Builder(Device& on, Constants& of_session, Precision used)
      : device(on), constants(of_session), precision(used) {}

  Device& device;
  Constants& constants;
  const Precision precision;

  kernels::DType storage() const { return storage_of(precision); }

  /// Cells of `channels` numbers, those beyond shape.c filled up; 0: shape.c.
  int add(int batch, const Shape& shape, int channels = 0);
  int add_fixed(const Tensor& tensor);  ///< keeps its own place (resident values)
  int add_bytes(std::size_t bytes);     ///< a library's scratch memory
  int view(int of, const Shape& shape);
  const Tensor& tensor(int buffer) const { return buffers_[buffer].tensor; }
  bool is_fixed(int buffer) const { return buffers_[buffers_[buffer].root].fixed; }

  /// The launches that follow belong to step `step`.
  void begin_step(int step, const std::string& layer);
  /// A value of the program lies in `buffer` and is read until step `last`.
  void hold(int buffer, int last);
  /// True when nothing after this step reads the buffer, so that it may be overwritten in place.
  bool dies(int buffer) const;
  bool share(int a, int b) const { return buffers_[a].root == buffers_[b].root; }
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
  struct Buffer {
    Tensor tensor;  ///< data only where fixed
    std::size_t bytes = 0;
    int root = 0;
    bool fixed = false;
    Lifetime launches;   ///< of a root: launches that touch it or a view of it
    int last_read = -1;  ///< of a root: last step that reads a value in it
  };

  std::vector<Buffer> buffers_;
  std::vector<Launch> launches_;
  std::string layer_;
  int step_ = 0;
};

}  // namespace rfmap::cuda
