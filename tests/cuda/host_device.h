#pragma once

#include <functional>
#include <memory>
#include <string>
#include <vector>

#include "engine/device.h"

/// A device that runs the kernels' bodies on the host, so that everything of the CUDA engine but
/// the launches themselves is tested without a GPU. It is stricter than a GPU where it can be:
/// nothing happens before wait(), new memory holds NaN, and scratch memory is overwritten.
namespace rfmap::cuda {

struct HostDeviceOptions {
  bool has_plans = true;         ///< false: as a library that has none
  bool fuses = true;             ///< false: plans for convolution and bias only
  std::size_t memory = 1 << 30;  ///< bytes in all
  int fails_after = -1;          ///< launches that it runs before it is lost for good
};

class HostDevice : public Device {
 public:
  using Task = std::function<void()>;

  explicit HostDevice(const HostDeviceOptions& options = {}) : options_(options) {}
  ~HostDevice() override;

  std::size_t free_bytes() const override { return options_.memory - used_; }
  void* allocate(std::size_t bytes) override;
  void release(void* memory) noexcept override;
  void* allocate_host(std::size_t bytes) override;
  void release_host(void* memory) noexcept override;
  void zero(void* memory, std::size_t bytes) override;
  void upload(void* to, const void* from, std::size_t bytes) override;
  void download(void* to, const void* from, std::size_t bytes) override;
  void wait() override;
  void launch(const Tensor& out, const Work& work) override;
  void read(void* out, const Reading& reading) override;
  std::shared_ptr<LibraryConvolution> convolution(const ConvolutionProblem& problem) override;
  std::unique_ptr<Recording> record(const std::function<void()>& work) override;

  void enqueue(Task task) { queue_.push_back(std::move(task)); }
  int recordings() const { return recordings_; }
  std::size_t used() const { return used_; }
  int allocations() const { return allocations_; }
  int launches() const { return launches_; }

 private:
  void count_launch();

  HostDeviceOptions options_;
  std::vector<Task> queue_;
  std::vector<std::pair<void*, std::size_t>> blocks_;
  std::size_t used_ = 0;
  int recordings_ = 0, allocations_ = 0, launches_ = 0;
  bool lost_ = false;
};

}  // namespace rfmap::cuda
