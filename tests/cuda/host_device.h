#pragma once

#include <deque>
#include <functional>
#include <memory>
#include <string>
#include <vector>

#include "engine/device.h"

/// A device that runs the kernels' bodies on the host, so that all of the CUDA engine except the
/// launches is tested without a GPU. It is stricter than a GPU: nothing runs before something waits
/// for it, and then no more than is needed; new memory holds NaN, and scratch memory is
/// overwritten.
namespace rfmap::cuda {

struct HostDeviceOptions {
  bool has_plans = true;         ///< false: the library has no plans
  bool fuses = true;             ///< false: plans for convolution and bias only
  std::size_t memory = 1 << 30;  ///< total bytes
  bool hurries_up = false;       ///< copies to the device run as early as possible
  /// false: products in TF32 take numbers as they are, so that all else of it is compared as fp32.
  bool rounds = true;
  int fails_after = -1;  ///< launches before the device is lost permanently
};

class HostDevice : public TrialDevice {
 public:
  using Task = std::function<void()>;

  explicit HostDevice(const HostDeviceOptions& options = {}) : options_(options) {}
  ~HostDevice() override;

  std::size_t free_bytes() const override { return options_.memory - used_; }
  void copy(void* to, const void* from, std::size_t bytes) override;
  float time(const std::function<void()>& work) override;
  void* allocate(std::size_t bytes) override;
  void release(void* memory) noexcept override;
  void* allocate_host(std::size_t bytes) override;
  void release_host(void* memory) noexcept override;
  void upload(void* to, const void* from, std::size_t bytes, Queue queue) override;
  void download(void* to, const void* from, std::size_t bytes, Queue queue) override;
  void order(Queue first, Queue later) override;
  std::unique_ptr<Marker> make_marker() override;
  void wait() override;
  void zero(void* memory, std::size_t bytes) override;
  void launch(const Tensor& out, const Work& work) override;
  void read(void* out, const Reading& reading) override;
  FoundPlan convolution(const ConvolutionProblem& problem) override;
  Recorded record(const std::function<void()>& work) override;

  void keep_choices(const std::string& folder) override { choices_ = folder; }

  void enqueue(Task task, Queue queue = Queue::compute);
  /// Work submitted to a queue so far.
  std::size_t given(Queue queue) const { return lines_[int(queue)].given; }
  /// Runs a queue's work up to a position, and the work of other queues that must run before it.
  void run_until(Queue queue, std::size_t place);
  bool rounds() const { return options_.rounds; }
  int recordings() const { return recordings_; }
  std::size_t used() const { return used_; }
  int allocations() const { return allocations_; }
  int launches() const { return launches_; }
  const std::string& choices() const { return choices_; }  ///< the folder passed last

 private:
  void count_launch();

  struct Line {
    std::deque<Task> tasks;
    std::size_t given = 0, done = 0;
  };

  HostDeviceOptions options_;
  Line lines_[kQueues];
  std::string choices_;
  std::vector<std::pair<void*, std::size_t>> blocks_;
  std::size_t used_ = 0;
  int recordings_ = 0, allocations_ = 0, launches_ = 0;
  bool lost_ = false;
};

}  // namespace rfmap::cuda
