#include "idle_device.h"

#include <cstdlib>
#include <utility>

#include "core/overloaded.h"
#include "kernels/grid.h"

namespace rfmap::bench {
namespace {

using cuda::ConvolutionArguments;
using cuda::ConvolutionProblem;
using cuda::Queue;
using cuda::Tensor;

class IdleMarker : public cuda::Marker {
 public:
  void set(Queue) override {}
  void wait() override {}
};

class IdleConvolution : public cuda::LibraryConvolution {
 public:
  IdleConvolution(IdleDevice& device, const ConvolutionProblem& p)
      : device_(device), name_("conv " + key_of(p)) {
    const double bytes = double(p.batch) * kernels::bytes_of(cuda::storage_of(p.precision));
    share_.launches = 1;
    share_.read = double(p.in.volume() + (p.residual ? p.out.volume() : 0)) * bytes;
    share_.written = double(p.out.volume()) * bytes;
    share_.macs = double(p.out.volume()) * p.batch * p.kernel.h * p.kernel.w * p.in.c / p.groups;
  }
  std::size_t workspace_bytes() const override { return 0; }
  void run(const ConvolutionArguments&) override { device_.count(name_, share_); }

 private:
  IdleDevice& device_;
  std::string name_;
  IdleDevice::Share share_;
};

/// Recorded work counts again at each run.
class IdleRecording : public cuda::Recording {
 public:
  IdleRecording(IdleDevice& device, std::map<std::string, IdleDevice::Share> work)
      : device_(device), work_(std::move(work)) {}
  void run() override { device_.count_graph(work_); }

 private:
  IdleDevice& device_;
  std::map<std::string, IdleDevice::Share> work_;
};

double bytes_of(const Tensor& t) {
  return double(t.n) * t.h * t.w * t.c * kernels::bytes_of(t.type);
}

std::string shape_of(const Tensor& t) {
  return std::to_string(t.h) + "x" + std::to_string(t.w) + "x" + std::to_string(t.c);
}

std::string from_to(const Tensor& in, const Tensor& out) {
  return shape_of(in) + "->" + shape_of(out);
}

/// A kernel that fills a tensor: its name, what it reads, and its threads. Most kernels have one
/// for four channels of a cell.
struct Kernel {
  std::string name;
  double read, threads;
};

Kernel kernel_of(const Tensor& out, const cuda::Work& work) {
  const double cells = double(out.n) * out.h * out.w, values = cells * out.c;
  const double fours = out.c % kernels::kWide == 0 ? values / kernels::kWide : values;
  const double bytes = bytes_of(out);
  const auto name = core::Overloaded{
      [&](const kernels::Occlusion&) {
        return Kernel{"occlude " + shape_of(out), bytes, cells};
      },
      [&](const kernels::FromPlanes&) {
        return Kernel{"planes " + shape_of(out), bytes, cells};
      },
      [&](const kernels::ImageBlocks& in) {
        return Kernel{"blocks " + shape_of(out), bytes, cells * in.block.h};
      },
      [&](const kernels::Crop& in) {
        const std::string what = in.selected  ? "crop-selected "
                                 : in.patches ? "crop-image "
                                              : "crop ";
        return Kernel{what + shape_of(out), bytes,
                      in.channels % kernels::kWide == 0 ? fours : values};
      },
      [&](const kernels::Pooling& in) {
        return Kernel{"pool " + from_to(in.in, out), bytes_of(in.in), fours};
      },
      [&](const kernels::ResponseNormalisation& in) {
        const bool alone = in.order == kernels::ResponseNormalisation::Order::alone;
        return Kernel{(alone ? "lrn " : "lrn+pool ") + from_to(in.in, out),
                      bytes_of(in.in) * in.parts, fours};
      },
      [&](const kernels::Convolution& in) {
        return Kernel{(in.channels ? "selected " : "own-conv ") + from_to(in.in, out),
                      bytes_of(in.in), values * kernels::kLanes};
      },
      [&](const kernels::Epilogue&) {
        return Kernel{"epilogue " + shape_of(out), bytes, fours};
      },
      [&](const kernels::Conversion&) {
        return Kernel{"convert " + shape_of(out), bytes, fours};
      },
      [&](const auto&) {
        return Kernel{"other " + shape_of(out), bytes, values};
      },
  };
  return std::visit(name, work);
}

IdleDevice::Share share_of(const cuda::Reading& reading, std::string& name) {
  const auto share = core::Overloaded{
      [&](const kernels::ResponseReads& in) {
        name = "read-responses";
        const double count = double(in.count) * in.in.n;
        return IdleDevice::Share{1, 32 * count, 4 * count, 0, count};  // a sector of 32 bytes each
      },
      [&](const kernels::PointReads& in) {
        name = "read-points";
        const double count = in.count;
        return IdleDevice::Share{1, 32 * count, 4 * count, 0, count};
      },
      [&](const kernels::ExtremaReads& in) {
        name = "read-extrema " + shape_of(in.in);
        const double count = double(in.count) * in.in.n;
        return IdleDevice::Share{1, bytes_of(in.in), sizeof(plan::Extremum) * count, 0,
                                 kernels::kLanes * count};
      },
      [&](const kernels::ToPlanes& in) {
        name = "to-planes " + shape_of(in.in);
        const double bytes = bytes_of(in.in);
        return IdleDevice::Share{1, bytes, bytes, 0, bytes / kernels::bytes_of(in.in.type)};
      },
  };
  return std::visit(share, reading);
}

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

void IdleDevice::download(void*, const void*, std::size_t bytes, Queue) {
  counts_.bytes_down += double(bytes);
}

std::unique_ptr<cuda::Marker> IdleDevice::make_marker() { return std::make_unique<IdleMarker>(); }

cuda::FoundPlan IdleDevice::convolution(const ConvolutionProblem& problem) {
  auto& plan = plans_[key_of(problem)];
  if (!plan) plan = std::make_shared<IdleConvolution>(*this, problem);
  return {plan, ""};
}

cuda::Recorded IdleDevice::record(const std::function<void()>& work) {
  auto before = std::exchange(counts_.work, {});
  work();
  return {std::make_unique<IdleRecording>(*this, std::exchange(counts_.work, std::move(before))),
          ""};
}

IdleDevice::Share& IdleDevice::Share::operator+=(const Share& more) {
  launches += more.launches;
  read += more.read;
  written += more.written;
  macs += more.macs;
  threads += more.threads;
  return *this;
}

IdleDevice::Share IdleDevice::Counts::all() const {
  Share sum;
  for (const auto& [what, share] : work) sum += share;
  return sum;
}

IdleDevice::Counts IdleDevice::take_counts() {
  Counts counts = std::exchange(counts_, {});
  counts.problems = plans_.size();
  return counts;
}

void IdleDevice::launch(const Tensor& out, const cuda::Work& work) {
  const Kernel kernel = kernel_of(out, work);
  count(kernel.name, {1, kernel.read, bytes_of(out), 0, kernel.threads});
}

void IdleDevice::read(void*, const cuda::Reading& reading) {
  std::string name;
  const Share share = share_of(reading, name);
  count(name, share);
}

void IdleDevice::count_graph(const std::map<std::string, Share>& work) {
  ++counts_.graphs;
  for (const auto& [what, share] : work) count(what, share);
}

}  // namespace rfmap::bench
