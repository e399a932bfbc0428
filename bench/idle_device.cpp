#include "idle_device.h"

#include <cstdlib>
#include <utility>

namespace rfmap::bench {
namespace {

using cuda::ConvolutionArguments;
using cuda::ConvolutionProblem;
using cuda::Queue;

class IdleMarker : public cuda::Marker {
 public:
  void set(Queue) override {}
  void wait() override {}
};

class IdleConvolution : public cuda::LibraryConvolution {
 public:
  IdleConvolution(IdleDevice& device, const ConvolutionProblem& p)
      : device_(device),
        macs_(double(p.out.volume()) * p.batch * p.kernel.h * p.kernel.w * p.in.c / p.groups),
        bytes_(double(p.in.volume() + p.out.volume() * (p.residual ? 2 : 1)) * p.batch *
               kernels::bytes_of(cuda::storage_of(p.precision))) {}
  std::size_t workspace_bytes() const override { return 0; }
  void run(const ConvolutionArguments&) override { device_.count_convolution(macs_, bytes_); }

 private:
  IdleDevice& device_;
  double macs_, bytes_;
};

/// Recorded work counts again at each run.
class IdleRecording : public cuda::Recording {
 public:
  IdleRecording(IdleDevice::Counts& counts, IdleDevice::Counts more)
      : counts_(counts), more_(more) {}
  void run() override {
    counts_.launches += more_.launches;
    counts_.bytes += more_.bytes;
    counts_.macs += more_.macs;
  }

 private:
  IdleDevice::Counts& counts_;
  IdleDevice::Counts more_;
};

}  // namespace

/// Invalid addresses, which are never read.
void* IdleDevice::allocate(std::size_t bytes) {
  const std::size_t address = (std::size_t(1) << 40) + allocated_;
  allocated_ += (bytes + 255) / 256 * 256;
  return reinterpret_cast<void*>(address);
}

/// Zeros, from which results are read.
void* IdleDevice::allocate_host(std::size_t bytes) { return std::calloc(bytes, 1); }

void IdleDevice::release_host(void* memory) noexcept { std::free(memory); }

void IdleDevice::upload(void*, const void*, std::size_t bytes, Queue) {
  ++counts_.uploads;
  counts_.bytes_up += double(bytes);
}

std::unique_ptr<cuda::Marker> IdleDevice::make_marker() { return std::make_unique<IdleMarker>(); }

cuda::FoundPlan IdleDevice::convolution(const ConvolutionProblem& problem) {
  auto& plan = plans_[key_of(problem)];
  if (!plan) plan = std::make_shared<IdleConvolution>(*this, problem);
  return {plan, ""};
}

cuda::Recorded IdleDevice::record(const std::function<void()>& work) {
  const Counts before = std::exchange(counts_, {});
  work();
  return {std::make_unique<IdleRecording>(counts_, std::exchange(counts_, before)), ""};
}

IdleDevice::Counts IdleDevice::take_counts() {
  Counts counts = std::exchange(counts_, {});
  counts.problems = plans_.size();
  return counts;
}

/// Kernels other than convolutions read about as much as they write.
void IdleDevice::launch(const cuda::Tensor& out, const cuda::Work&) {
  ++counts_.launches;
  counts_.bytes += 2.0 * out.n * out.h * out.w * out.c * kernels::bytes_of(out.type);
}

void IdleDevice::count_convolution(double macs, double bytes) {
  ++counts_.launches;
  counts_.bytes += bytes;
  counts_.macs += macs;
}

}  // namespace rfmap::bench
