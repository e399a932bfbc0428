#pragma once

#include <map>
#include <memory>
#include <string>

#include <cuda_runtime_api.h>

#include "engine/cudnn/plans.h"
#include "engine/device.h"
#include "engine/gpu/plan_cache.h"

namespace rfmap::cuda {

/// One GPU: a stream for everything, and a handle of cuDNN that works on it. Not for several
/// threads at once.
class GpuDevice : public Device {
 public:
  /// Needs load_cudnn(). Throws DeviceFault.
  explicit GpuDevice(int index);
  ~GpuDevice() override;
  GpuDevice(const GpuDevice&) = delete;

  std::size_t free_bytes() const override;
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

  /// Fills the memory with copies of its first `bytes`, one behind the other.
  void repeat(void* memory, std::size_t bytes, std::size_t count);
  cudaStream_t stream() const { return stream_; }

 private:
  void use() const;

  int index_;
  cudaStream_t stream_ = nullptr;
  std::unique_ptr<CudnnTarget> cudnn_;
  std::unique_ptr<PlanCache> cache_;
  std::map<std::string, std::weak_ptr<LibraryConvolution>> plans_;  ///< by problem
};

}  // namespace rfmap::cuda
