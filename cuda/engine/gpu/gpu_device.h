#pragma once

#include <map>
#include <memory>
#include <string>

#include "engine/cudnn/plans.h"
#include "engine/device.h"
#include "engine/gpu/runtime.h"
#include "engine/plan_cache.h"

namespace rfmap::cuda {

/// One GPU: a stream a queue, and a handle of cuDNN that works on the kernels' one. Not for several
/// threads at once; several GPUs may be used by a thread each.
class GpuDevice : public TrialDevice {
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
  FoundPlan convolution(const ConvolutionProblem& problem) override;
  Recorded record(const std::function<void()>& work) override;
  void keep_choices(const std::string& folder) override;
  void begin_range(const std::string& what) override;
  void end_range() noexcept override;
  std::size_t free_bytes() const override;
  void copy(void* to, const void* from, std::size_t bytes) override;
  float time(const std::function<void()>& work) override;

  /// The kernels'.
  cudaStream_t stream() const { return stream(Queue::compute); }
  cudaStream_t stream(Queue queue) const { return streams_[int(queue)].get(); }

 private:
  void use() const;

  int index_;
  Stream streams_[kQueues];  ///< outlive what works on them
  Event reached_[kQueues];   ///< by queue, for order()
  std::unique_ptr<CudnnTarget> cudnn_;
  std::shared_ptr<SharedPlanCache> cache_;  ///< with devices of the same name
  PinnedPlans pinned_;
  std::map<std::string, std::weak_ptr<LibraryConvolution>> plans_;  ///< by problem
  std::map<std::string, std::string> without_plan_;                 ///< by problem: why
};

}  // namespace rfmap::cuda
