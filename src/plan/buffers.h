#pragma once

#include <cstddef>
#include <optional>
#include <span>
#include <vector>

#include "plan/memory.h"

namespace rfmap::plan {

/// The buffers of a program under construction, by number: which share bytes, how long each is
/// read, and where it lies in one arena. Engines add what a buffer is to them.
class Buffers {
 public:
  int add(std::size_t bytes);
  int add_fixed();   ///< keeps its own place, outside the arena
  int view(int of);  ///< a number of its own for the same bytes

  void begin_step(int step) { step_ = step; }
  /// The next kernel uses these buffers.
  void touch(std::span<const int> used);
  /// A value of the program lies in `buffer` and is read until step `last`.
  void hold(int buffer, int last);

  bool is_fixed(int buffer) const { return root(buffer).fixed; }
  bool share(int a, int b) const { return buffers_[a].root == buffers_[b].root; }
  /// The last step that reads the buffer or one that shares its bytes; -1: none so far.
  int last_read(int buffer) const { return root(buffer).last_read; }
  /// True when nothing after this step reads the buffer, so that it may be overwritten in place.
  bool dies(int buffer) const { return !is_fixed(buffer) && last_read(buffer) <= step_; }

  /// Offsets by buffer, 0 for fixed ones; two whose uses overlap in time get different bytes.
  Packing place(std::size_t alignment = 64) const;

 private:
  struct Buffer {
    int root = 0;
    bool fixed = false;
    std::size_t bytes = 0;
    Lifetime kernels;    ///< of a root: kernels that use it or a view of it
    int last_read = -1;  ///< of a root
  };

  int append(bool fixed, std::size_t bytes);
  const Buffer& root(int buffer) const { return buffers_[buffers_[buffer].root]; }
  Buffer& root(int buffer) { return buffers_[buffers_[buffer].root]; }

  std::vector<Buffer> buffers_;
  int step_ = 0, kernels_ = 0;
};

/// One Compute step in an engine's buffers. An engine's function that also adds the residual or
/// applies the activation removes it from the job; what remains is done after it.
struct ComputeJob {
  std::vector<int> inputs;    ///< buffers
  std::vector<Shape> shapes;  ///< of the inputs
  Shape out;
  int batch = 1;
  int residual = kNone;  ///< buffer to be added
  std::optional<Activation> activation;
  int window = kNone;  ///< window table of the output in a windowed program (Value::window)
};
/// `buffer_of`: by value.
ComputeJob make_job(const Program& program, const Step& step, const std::vector<int>& buffer_of);

}  // namespace rfmap::plan
