#pragma once

#include <map>
#include <memory>
#include <string>

#include "engine/cudnn/plans.h"
#include "engine/device.h"
#include "engine/gpu/plan_cache.h"
#include "engine/gpu/runtime.h"

namespace rfmap::cuda {

/// One GPU: a stream a queue, and a handle of cuDNN that works on the kernels' one. Not for several
/// threads at once.
class GpuDevice : public Device {
 public:
  /// Needs load_cudnn(). Throws DeviceFault.
  explicit GpuDevice(int index);

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
  std::shared_ptr<LibraryConvolution> convolution(const ConvolutionProblem& problem) override;
  std::unique_ptr<Recording> record(const std::function<void()>& work) override;
  void keep_choices(const std::string& folder) override;

  /// Fills the memory with copies of its first `bytes`, one behind the other.
  void repeat(void* memory, std::size_t bytes, std::size_t count);
  /// The kernels'.
  cudaStream_t stream() const { return stream(Queue::compute); }
  cudaStream_t stream(Queue queue) const { return streams_[int(queue)].get(); }

 private:
  void use() const;

  int index_;
  Stream streams_[kQueues];  ///< outlive what works on them
  Event reached_[kQueues];   ///< by queue, for order()
  std::unique_ptr<CudnnTarget> cudnn_;
  std::unique_ptr<PlanCache> cache_;
  std::map<std::string, std::weak_ptr<LibraryConvolution>> plans_;  ///< by problem
};

}  // namespace rfmap::cuda
