#pragma once

#include <cstddef>
#include <functional>
#include <memory>
#include <stdexcept>
#include <string>

#include "engine/convolution_problem.h"
#include "kernels/types.h"

namespace rfmap::cuda {

using kernels::Reading;
using kernels::Tensor;
using kernels::Work;

/// A device or one of its libraries failed; the text is the library's. Sessions add layer and
/// shapes.
struct DeviceFault : std::runtime_error {
  using std::runtime_error::runtime_error;
};
/// Not enough device memory.
struct MemoryFault : DeviceFault {
  using DeviceFault::DeviceFault;
};

/// Work that was recorded once and can be run repeatedly.
class Recording {
 public:
  virtual ~Recording() = default;
  virtual void run() = 0;
};

/// What record() gives: without a recording, why there is none.
struct Recorded {
  std::unique_ptr<Recording> recording;
  std::string why_none;
};

/// Work is submitted to queues: one for kernels, one for copies to the device, one for copies from
/// it. Each runs its work in order; order() is the only ordering between them.
enum class Queue { compute, in, out };
constexpr int kQueues = 3;

/// A position in a queue to wait for.
class Marker {
 public:
  virtual ~Marker() = default;
  /// A marker after all work submitted to the queue so far.
  virtual void set(Queue queue) = 0;
  virtual void wait() = 0;
};

/// The operations of a GPU that a session needs. Only wait() and markers block. Methods throw
/// DeviceFault. Tests have an implementation that computes on the host.
class Device {
 public:
  virtual ~Device() = default;

  virtual void* allocate(std::size_t bytes) = 0;
  virtual void release(void* memory) noexcept = 0;
  /// Page-locked memory, so that copies are asynchronous.
  virtual void* allocate_host(std::size_t bytes) = 0;
  virtual void release_host(void* memory) noexcept = 0;

  /// `from` must not change until the copy has been waited for.
  virtual void upload(void* to, const void* from, std::size_t bytes, Queue queue) = 0;
  virtual void download(void* to, const void* from, std::size_t bytes, Queue queue) = 0;
  /// Work submitted to `later` from now on waits for all work submitted to `first` so far.
  virtual void order(Queue first, Queue later) = 0;
  virtual std::unique_ptr<Marker> make_marker() = 0;
  /// Waits for all queues.
  virtual void wait() = 0;

  // These run on the queue of kernels.
  virtual void zero(void* memory, std::size_t bytes) = 0;
  virtual void launch(const Tensor& out, const Work& work) = 0;
  virtual void read(void* out, const Reading& reading) = 0;
  /// The best plan of a library, if it has one. No other work may be running.
  virtual FoundPlan convolution(const ConvolutionProblem& problem) = 0;
  /// Records the work that `work` enqueues instead of running it, if it can be recorded.
  virtual Recorded record(const std::function<void()>& work) = 0;
  /// As Engine::keep_choices.
  virtual void keep_choices(const std::string& folder) { static_cast<void>(folder); }
  /// What is submitted in between belongs to `what`, on a profiler's time line.
  virtual void begin_range(const std::string& what) { static_cast<void>(what); }
  virtual void end_range() noexcept {}
};

/// A device on which a library's plans can be tried.
class TrialDevice : public Device {
 public:
  /// Memory that can still be allocated.
  virtual std::size_t free_bytes() const = 0;
  /// Between two places of device memory, on the queue of kernels.
  virtual void copy(void* to, const void* from, std::size_t bytes) = 0;
  /// Milliseconds that the device takes for what `work` submits to the queue of kernels. Waits.
  virtual float time(const std::function<void()>& work) = 0;
};

/// A range of a profiler's time line.
class Range {
 public:
  Range(Device& device, const std::string& what) : device_(device) { device_.begin_range(what); }
  ~Range() { device_.end_range(); }
  Range(const Range&) = delete;

 private:
  Device& device_;
};

}  // namespace rfmap::cuda
