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
  /// Work of one kind and shape. Bytes are those of whole tensors, each once a launch.
  struct Share {
    double launches = 0, read = 0, written = 0;
    double macs = 0;     ///< multiply-adds, including padding of batches and windows
    double threads = 0;  ///< of the project's own kernels
    Share& operator+=(const Share& more);
  };
  struct Counts {
    std::map<std::string, Share> work;  ///< by kernel and shape: "crop 12x12x96", "conv KEY"
    std::size_t uploads = 0;            ///< calls that copy tables: one each
    double bytes_up = 0, bytes_down = 0;
    std::size_t graphs = 0;    ///< launches of recorded work
    std::size_t problems = 0;  ///< different convolutions, for each of which a plan is chosen once
    Share all() const;
  };

  void* allocate(std::size_t bytes) override;
  void release(void*) noexcept override {}
  void* allocate_host(std::size_t bytes) override;
  void release_host(void* memory) noexcept override;
  void upload(void*, const void*, std::size_t bytes, cuda::Queue) override;
  void download(void*, const void*, std::size_t bytes, cuda::Queue) override;
  void order(cuda::Queue, cuda::Queue) override {}
  std::unique_ptr<cuda::Marker> make_marker() override;
  void wait() override {}
  void zero(void*, std::size_t) override {}
  void launch(const cuda::Tensor& out, const cuda::Work& work) override;
  void read(void*, const cuda::Reading&) override;
  cuda::FoundPlan convolution(const cuda::ConvolutionProblem&) override;
  cuda::Recorded record(const std::function<void()>& work) override;

  /// Counts since the last call; `problems` since the beginning.
  Counts take_counts();
  void count(const std::string& what, const Share& share) { counts_.work[what] += share; }
  void count_graph(const std::map<std::string, Share>& work);

 private:
  Counts counts_;
  std::size_t allocated_ = 0;
  std::map<std::string, std::shared_ptr<cuda::LibraryConvolution>> plans_;
};

}  // namespace rfmap::bench
