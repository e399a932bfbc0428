#pragma once

#include <cstddef>
#include <functional>
#include <memory>
#include <stdexcept>
#include <string>
#include <variant>

#include "engine/convolution_problem.h"
#include "kernels/types.h"

namespace rfmap::cuda {

using kernels::Tensor;

// Arguments of those kernels that take no structure of their own.
struct GlobalPooling {
  Tensor in;
  Pool::Kind kind = Pool::Kind::average;
};
struct Conversion {
  Tensor in;
};
struct Filling {
  float value = 0;
};
struct Reshaping {
  Tensor in;
};
struct Shuffling {
  Tensor in;
  int groups = 1;
};
struct FromPlanes {
  const float* nchw = nullptr;
  int channels = 0;
};
struct ToPlanes {
  Tensor in;
};

/// A kernel that fills a tensor (kernels/types.h says what each does).
using Work = std::variant<kernels::Occlusion, kernels::Crop, kernels::Pooling, GlobalPooling,
                          kernels::Normalisation, kernels::Epilogue, kernels::Combination,
                          kernels::SoftmaxLines, kernels::NormalisedLines, kernels::MatrixProduct,
                          kernels::Convolution, kernels::Box, Conversion, Filling, kernels::Border,
                          kernels::Permutation, Reshaping, Shuffling, FromPlanes>;

/// A kernel that fills a table of results.
using Reading =
    std::variant<kernels::ResponseReads, kernels::ExtremaReads, kernels::PointReads, ToPlanes>;

/// A device or one of its libraries refused; the text is theirs. Sessions add layer and shapes.
struct DeviceFault : std::runtime_error {
  using std::runtime_error::runtime_error;
};
/// Not enough device memory.
struct MemoryFault : DeviceFault {
  using DeviceFault::DeviceFault;
};

/// Work that was recorded once and can be run again and again.
class Recording {
 public:
  virtual ~Recording() = default;
  virtual void run() = 0;
};

/// Work is put on queues: one for kernels, one for copies to the device, one for copies from it.
/// Each does its work in order; between them there is no order but what order() makes.
enum class Queue { compute, in, out };
constexpr int kQueues = 3;

/// A place in a queue to wait for.
class Marker {
 public:
  virtual ~Marker() = default;
  /// Behind all that the queue was given so far.
  virtual void set(Queue queue) = 0;
  virtual void wait() = 0;
};

/// What a session needs of a GPU. Nothing waits but wait() and markers. Methods throw DeviceFault.
/// Tests have one that computes on the host.
class Device {
 public:
  virtual ~Device() = default;

  virtual std::size_t free_bytes() const = 0;
  virtual void* allocate(std::size_t bytes) = 0;
  virtual void release(void* memory) noexcept = 0;
  /// Page-locked, so that copies need not wait.
  virtual void* allocate_host(std::size_t bytes) = 0;
  virtual void release_host(void* memory) noexcept = 0;

  /// `from` must stay as it is until it was waited for.
  virtual void upload(void* to, const void* from, std::size_t bytes, Queue queue) = 0;
  virtual void download(void* to, const void* from, std::size_t bytes, Queue queue) = 0;
  /// What `later` is given from now on waits for all that `first` was given so far.
  virtual void order(Queue first, Queue later) = 0;
  virtual std::unique_ptr<Marker> make_marker() = 0;
  /// For all queues.
  virtual void wait() = 0;

  // On the queue of kernels.
  virtual void zero(void* memory, std::size_t bytes) = 0;
  virtual void launch(const Tensor& out, const Work& work) = 0;
  virtual void read(void* out, const Reading& reading) = 0;
  /// The best plan of a library, or null where it has none. Nothing else may be under way.
  virtual std::shared_ptr<LibraryConvolution> convolution(const ConvolutionProblem& problem) = 0;
  /// Records what `work` puts on the queue instead of running it; null where it cannot be.
  virtual std::unique_ptr<Recording> record(const std::function<void()>& work) = 0;
  /// As Engine::keep_choices.
  virtual void keep_choices(const std::string& folder) { static_cast<void>(folder); }
};

}  // namespace rfmap::cuda
