#pragma once

#include <map>
#include <string>

#include "engine/device.h"

namespace rfmap::bench {

/// A device that does nothing and always finishes at once: the measured time is what the host needs
/// to plan, pack and submit the calls of the engine `cuda`. It counts the work that a GPU would be
/// given.
class IdleDevice : public cuda::Device {
 public:
  struct Counts {
    std::size_t launches = 0;  ///< kernels, including the library's
    std::size_t uploads = 0;   ///< calls that copy tables: one each
    double bytes_up = 0;
    double bytes = 0;  ///< bytes that kernels read and write, without caches
    double macs = 0;   ///< multiply-adds of convolutions, including padding of batches and windows
    std::size_t problems = 0;  ///< different convolutions, for each of which a plan is chosen once
  };

  void* allocate(std::size_t bytes) override;
  void release(void*) noexcept override {}
  void* allocate_host(std::size_t bytes) override;
  void release_host(void* memory) noexcept override;
  void upload(void*, const void*, std::size_t bytes, cuda::Queue) override;
  void download(void*, const void*, std::size_t, cuda::Queue) override {}
  void order(cuda::Queue, cuda::Queue) override {}
  std::unique_ptr<cuda::Marker> make_marker() override;
  void wait() override {}
  void zero(void*, std::size_t) override {}
  void launch(const cuda::Tensor& out, const cuda::Work& work) override;
  void read(void*, const cuda::Reading&) override { ++counts_.launches; }
  cuda::FoundPlan convolution(const cuda::ConvolutionProblem&) override;
  cuda::Recorded record(const std::function<void()>& work) override;

  /// Counts since the last call; `problems` since the beginning.
  Counts take_counts();
  void count_convolution(double macs, double bytes);

 private:
  Counts counts_;
  std::size_t allocated_ = 0;
  std::map<std::string, std::shared_ptr<cuda::LibraryConvolution>> plans_;
};

}  // namespace rfmap::bench
