#include "engine/gpu/gpu_device.h"

#include "engine/gpu/plan_choice.h"
#include "engine/gpu/runtime.h"
#include "kernels/launch.h"

namespace rfmap::cuda {
using namespace plan;
namespace {

class RecordedGraph : public Recording {
 public:
  RecordedGraph(ExecutableGraph graph, cudaStream_t stream)
      : graph_(std::move(graph)), stream_(stream) {}
  void run() override { check(cudaGraphLaunch(graph_.get(), stream_)); }

 private:
  ExecutableGraph graph_;
  cudaStream_t stream_;
};

class EventMarker : public Marker {
 public:
  explicit EventMarker(const GpuDevice& device) : device_(device) {}
  void set(Queue queue) override { check(cudaEventRecord(event_.get(), device_.stream(queue))); }
  void wait() override { check(cudaEventSynchronize(event_.get())); }

 private:
  const GpuDevice& device_;
  Event event_ = make_event();
};

}  // namespace

GpuDevice::GpuDevice(int index) : index_(index) {
  use();
  cudaDeviceProp properties{};
  check(cudaGetDeviceProperties(&properties, index));
  for (Stream& stream : streams_) stream = make_stream();
  for (Event& event : reached_) event = make_event();
  cudnn_ = std::make_unique<CudnnTarget>(CudnnTarget::on_stream(stream()));
  cache_ = std::make_unique<PlanCache>(plan_cache_folder(),
                                       plan_cache_name(properties.name, cudnn_version()));
}

void GpuDevice::use() const { check(cudaSetDevice(index_)); }

void* GpuDevice::allocate(std::size_t bytes) {
  use();
  void* memory = nullptr;
  check(cudaMalloc(&memory, bytes));
  return memory;
}

void GpuDevice::release(void* memory) noexcept { cudaFree(memory); }

void* GpuDevice::allocate_host(std::size_t bytes) {
  use();
  void* memory = nullptr;
  check(cudaMallocHost(&memory, bytes));
  return memory;
}

void GpuDevice::release_host(void* memory) noexcept { cudaFreeHost(memory); }

void GpuDevice::zero(void* memory, std::size_t bytes) {
  check(cudaMemsetAsync(memory, 0, bytes, stream()));
}

void GpuDevice::upload(void* to, const void* from, std::size_t bytes, Queue queue) {
  check(cudaMemcpyAsync(to, from, bytes, cudaMemcpyHostToDevice, stream(queue)));
}

void GpuDevice::download(void* to, const void* from, std::size_t bytes, Queue queue) {
  check(cudaMemcpyAsync(to, from, bytes, cudaMemcpyDeviceToHost, stream(queue)));
}

/// A stream waits for what the event stood for when it was told to, so one event a queue does.
void GpuDevice::order(Queue first, Queue later) {
  use();
  check(cudaEventRecord(reached_[int(first)].get(), stream(first)));
  check(cudaStreamWaitEvent(stream(later), reached_[int(first)].get(), 0));
}

std::unique_ptr<Marker> GpuDevice::make_marker() {
  use();
  return std::make_unique<EventMarker>(*this);
}

void GpuDevice::keep_choices(const std::string& folder) { cache_->keep_also_in(folder); }

void GpuDevice::repeat(void* memory, std::size_t bytes, std::size_t count) {
  auto* first = static_cast<std::byte*>(memory);
  // Doubles what is there, so that few copies do.
  for (std::size_t done = 1; done < count;) {
    const std::size_t more = done < count - done ? done : count - done;
    check(cudaMemcpyAsync(first + done * bytes, first, more * bytes, cudaMemcpyDeviceToDevice,
                          stream()));
    done += more;
  }
}

void GpuDevice::wait() {
  use();
  for (const Stream& stream : streams_) check(cudaStreamSynchronize(stream.get()));
}

void GpuDevice::launch(const Tensor& out, const Work& work) {
  use();
  check(std::visit([&](const auto& in) { return kernels::launch(out, in, stream()); }, work));
}

void GpuDevice::read(void* out, const Reading& reading) {
  use();
  check(std::visit([&](const auto& in) { return kernels::launch(out, in, stream()); }, reading));
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
  if (cudaStreamBeginCapture(stream(), cudaStreamCaptureModeThreadLocal) != cudaSuccess) {
    cudaGetLastError();
    return nullptr;
  }
  bool whole = true;
  try {
    work();
  } catch (const std::exception&) {  // run without recording, it says what is wrong
    whole = false;
  }
  cudaGraph_t recorded = nullptr;
  whole = cudaStreamEndCapture(stream(), &recorded) == cudaSuccess && whole;
  const Owner<cudaGraph_t, cudaGraphDestroy> graph(recorded);
  cudaGraphExec_t ready = nullptr;
  whole = whole && graph && cudaGraphInstantiate(&ready, graph.get(), 0) == cudaSuccess;
  cudaGetLastError();
  if (!whole) return nullptr;
  return std::make_unique<RecordedGraph>(ExecutableGraph(ready), stream());
}

}  // namespace rfmap::cuda
