#include "engine/gpu/gpu_device.h"

#include "engine/gpu/plan_choice.h"
#include "engine/gpu/runtime.h"
#include "kernels/launch.h"
#include "plan/overload.h"

namespace rfmap::cuda {
namespace {

class Graph : public Recording {
 public:
  Graph(cudaGraphExec_t graph, cudaStream_t stream) : graph_(graph), stream_(stream) {}
  ~Graph() override { cudaGraphExecDestroy(graph_); }
  void run() override { check("cudaGraphLaunch", cudaGraphLaunch(graph_, stream_)); }

 private:
  cudaGraphExec_t graph_;
  cudaStream_t stream_;
};

}  // namespace

GpuDevice::GpuDevice(int index) : index_(index) {
  use();
  cudaDeviceProp properties{};
  check("cudaGetDeviceProperties", cudaGetDeviceProperties(&properties, index));
  check("cudaStreamCreateWithFlags", cudaStreamCreateWithFlags(&stream_, cudaStreamNonBlocking));
  cudnn_ = std::make_unique<CudnnTarget>(CudnnTarget::on_stream(stream_));
  cache_ = std::make_unique<PlanCache>(plan_cache_path(properties.name, cudnn_version()));
}

GpuDevice::~GpuDevice() {
  plans_.clear();
  cudnn_.reset();
  if (stream_) cudaStreamDestroy(stream_);
}

void GpuDevice::use() const { check("cudaSetDevice", cudaSetDevice(index_)); }

std::size_t GpuDevice::free_bytes() const {
  use();
  std::size_t free = 0, total = 0;
  check("cudaMemGetInfo", cudaMemGetInfo(&free, &total));
  return free;
}

void* GpuDevice::allocate(std::size_t bytes) {
  use();
  void* memory = nullptr;
  check("cudaMalloc", cudaMalloc(&memory, bytes));
  return memory;
}

void GpuDevice::release(void* memory) noexcept { cudaFree(memory); }

void* GpuDevice::allocate_host(std::size_t bytes) {
  use();
  void* memory = nullptr;
  check("cudaMallocHost", cudaMallocHost(&memory, bytes));
  return memory;
}

void GpuDevice::release_host(void* memory) noexcept { cudaFreeHost(memory); }

void GpuDevice::zero(void* memory, std::size_t bytes) {
  check("cudaMemsetAsync", cudaMemsetAsync(memory, 0, bytes, stream_));
}

void GpuDevice::upload(void* to, const void* from, std::size_t bytes) {
  check("cudaMemcpyAsync", cudaMemcpyAsync(to, from, bytes, cudaMemcpyHostToDevice, stream_));
}

void GpuDevice::download(void* to, const void* from, std::size_t bytes) {
  check("cudaMemcpyAsync", cudaMemcpyAsync(to, from, bytes, cudaMemcpyDeviceToHost, stream_));
}

void GpuDevice::repeat(void* memory, std::size_t bytes, std::size_t count) {
  auto* first = static_cast<std::byte*>(memory);
  // Doubles what is there, so that few copies do.
  for (std::size_t done = 1; done < count;) {
    const std::size_t more = done < count - done ? done : count - done;
    check("cudaMemcpyAsync", cudaMemcpyAsync(first + done * bytes, first, more * bytes,
                                             cudaMemcpyDeviceToDevice, stream_));
    done += more;
  }
}

void GpuDevice::wait() {
  use();
  check("cudaStreamSynchronize", cudaStreamSynchronize(stream_));
}

void GpuDevice::launch(const Tensor& out, const Work& work) {
  use();
  const auto start = Overload{
      [&](const kernels::Occlusion& in) { return occlude(out, in, stream_); },
      [&](const kernels::Crop& in) { return crop(out, in, stream_); },
      [&](const kernels::Pooling& in) { return pool(out, in, stream_); },
      [&](const GlobalPooling& in) { return global_pool(out, in.in, in.kind, stream_); },
      [&](const kernels::Normalisation& in) { return normalise(out, in, stream_); },
      [&](const kernels::Epilogue& in) { return epilogue(out, in, stream_); },
      [&](const kernels::Combination& in) { return combine(out, in, stream_); },
      [&](const kernels::SoftmaxLines& in) { return softmax(out, in, stream_); },
      [&](const kernels::MatrixProduct& in) { return multiply(out, in, stream_); },
      [&](const kernels::Convolution& in) { return convolve(out, in, stream_); },
      [&](const kernels::Box& in) { return copy(out, in, stream_); },
      [&](const Conversion& in) { return convert(out, in.in, stream_); },
      [&](const Filling& in) { return fill(out, in.value, stream_); },
      [&](const kernels::Border& in) { return pad(out, in, stream_); },
      [&](const kernels::Permutation& in) { return permute(out, in, stream_); },
      [&](const Reshaping& in) { return reshape(out, in.in, stream_); },
      [&](const Shuffling& in) { return shuffle(out, in.in, in.groups, stream_); },
      [&](const FromPlanes& in) { return from_planes(out, in.nchw, in.channels, stream_); },
  };
  check("kernel launch", std::visit(start, work));
}

void GpuDevice::read(void* out, const Reading& reading) {
  use();
  const auto start = Overload{
      [&](const kernels::ResponseReads& in) {
        return read_responses(static_cast<float*>(out), in, stream_);
      },
      [&](const kernels::ExtremaReads& in) {
        return read_extrema(static_cast<Extremum*>(out), in, stream_);
      },
      [&](const kernels::PointReads& in) {
        return read_points(static_cast<float*>(out), in, stream_);
      },
      [&](const ToPlanes& in) { return to_planes(static_cast<float*>(out), in.in, stream_); },
  };
  check("kernel launch", std::visit(start, reading));
}

std::shared_ptr<LibraryConvolution> GpuDevice::convolution(const ConvolutionProblem& problem) {
  use();
  const std::string key = key_of(problem);
  if (auto known = plans_[key].lock()) return known;
  auto plan = choose_plan(*this, *cudnn_, *cache_, problem);
  plans_[key] = plan;
  return plan;
}

std::unique_ptr<Recording> GpuDevice::record(const std::function<void()>& work) {
  use();
  if (cudaStreamBeginCapture(stream_, cudaStreamCaptureModeThreadLocal) != cudaSuccess) {
    cudaGetLastError();
    return nullptr;
  }
  bool whole = true;
  try {
    work();
  } catch (const std::exception&) {  // run without recording, it says what is wrong
    whole = false;
  }
  cudaGraph_t graph = nullptr;
  cudaGraphExec_t ready = nullptr;
  whole = cudaStreamEndCapture(stream_, &graph) == cudaSuccess && whole && graph &&
          cudaGraphInstantiate(&ready, graph, 0) == cudaSuccess;
  if (graph) cudaGraphDestroy(graph);
  cudaGetLastError();
  return whole ? std::make_unique<Graph>(ready, stream_) : nullptr;
}

}  // namespace rfmap::cuda
