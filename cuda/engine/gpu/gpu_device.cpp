#include "engine/gpu/gpu_device.h"

#include <mutex>

#include "engine/gpu/runtime.h"
#include "engine/plan_choice.h"
#include "kernels/launch.h"

// Names for profilers; a header of the CUDA toolkit that not every installation has.
#if __has_include(<nvtx3/nvToolsExt.h>)
#include <nvtx3/nvToolsExt.h>
#endif

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

#if __has_include(<nvtx3/nvToolsExt.h>)
void begin_profiler_range(const char* what) { nvtxRangePushA(what); }
void end_profiler_range() { nvtxRangePop(); }
#else
void begin_profiler_range(const char*) {}
void end_profiler_range() {}
#endif

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
  int driver = 0;
  check(cudaDriverGetVersion(&driver));
  const std::string library = cudnn_version() + "-frontend-" + cudnn_frontend_version() +
                              "-driver-" + std::to_string(driver);
  cache_ = shared_plan_cache(plan_cache_folder(), plan_cache_name(properties.name, library));
  pinned_ = pinned_plans();
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
  use();
  check(cudaMemsetAsync(memory, 0, bytes, stream()));
}

void GpuDevice::upload(void* to, const void* from, std::size_t bytes, Queue queue) {
  use();
  check(cudaMemcpyAsync(to, from, bytes, cudaMemcpyHostToDevice, stream(queue)));
}

void GpuDevice::download(void* to, const void* from, std::size_t bytes, Queue queue) {
  use();
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

void GpuDevice::keep_choices(const std::string& folder) {
  const std::lock_guard lock(cache_->one_at_a_time);
  cache_->plans.keep_also_in(folder);
}

std::size_t GpuDevice::free_bytes() const {
  use();
  std::size_t free = 0, total = 0;
  check(cudaMemGetInfo(&free, &total));
  return free;
}

void GpuDevice::copy(void* to, const void* from, std::size_t bytes) {
  use();
  check(cudaMemcpyAsync(to, from, bytes, cudaMemcpyDeviceToDevice, stream()));
}

float GpuDevice::time(const std::function<void()>& work) {
  use();
  const Event start = make_event(cudaEventDefault), stop = make_event(cudaEventDefault);
  check(cudaEventRecord(start.get(), stream()));
  work();
  check(cudaEventRecord(stop.get(), stream()));
  check(cudaEventSynchronize(stop.get()));
  float elapsed = 0;
  check(cudaEventElapsedTime(&elapsed, start.get(), stop.get()));
  return elapsed;
}

void GpuDevice::begin_range(const std::string& what) { begin_profiler_range(what.c_str()); }

void GpuDevice::end_range() noexcept { end_profiler_range(); }

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

FoundPlan GpuDevice::convolution(const ConvolutionProblem& problem) {
  use();
  const std::string key = key_of(problem);
  if (auto known = plans_[key].lock()) return {known, ""};
  if (const auto why = without_plan_.find(key); why != without_plan_.end())
    return {nullptr, why->second};
  const auto offered = std::make_shared<CudnnPlans>(*cudnn_, problem);
  const std::lock_guard lock(cache_->one_at_a_time);
  const FoundPlan found = choose_plan(*this, offered, cache_->plans, pinned_, problem);
  if (found.plan)
    plans_[key] = found.plan;
  else
    without_plan_[key] = found.why_none;
  return found;
}

/// What fails while it is recorded says so again when it is run without.
Recorded GpuDevice::record(const std::function<void()>& work) {
  use();
  std::string why;
  const auto succeeds = [&why](cudaError_t error) {
    if (error != cudaSuccess && why.empty()) why = cudaGetErrorString(error);
    return error == cudaSuccess;
  };
  if (!succeeds(cudaStreamBeginCapture(stream(), cudaStreamCaptureModeThreadLocal))) {
    cudaGetLastError();
    return {nullptr, why};
  }
  try {
    work();
  } catch (const std::exception& error) {
    why = error.what();
  }
  cudaGraph_t recorded = nullptr;
  succeeds(cudaStreamEndCapture(stream(), &recorded));
  const Owner<cudaGraph_t, cudaGraphDestroy> graph(recorded);
  cudaGraphExec_t ready = nullptr;
  const bool whole = why.empty() && graph && succeeds(cudaGraphInstantiate(&ready, graph.get(), 0));
  cudaGetLastError();
  if (!whole) return {nullptr, why};
  return {std::make_unique<RecordedGraph>(ExecutableGraph(ready), stream()), ""};
}

}  // namespace rfmap::cuda
