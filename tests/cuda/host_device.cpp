#include "cuda/host_device.h"

#include <algorithm>
#include <chrono>
#include <cstdlib>
#include <cstring>
#include <utility>

#include "cuda/host_convolution.h"
#include "kernels/blocks.h"
#include "kernels/compare.h"
#include "kernels/crop.h"
#include "kernels/gather.h"
#include "kernels/images.h"
#include "kernels/lines.h"
#include "kernels/normalise.h"
#include "kernels/pointwise.h"
#include "kernels/pooling.h"
#include "kernels/products.h"
#include "kernels/reads.h"
#include "kernels/rearrange.h"
#include "kernels/reduce.h"
#include "kernels/resample.h"

namespace rfmap::cuda {
using namespace plan;
namespace {

constexpr std::size_t kAlignment = 256;

/// Runs a kernel's body over its whole grid; a warp's lanes in sequence, joined in the device's
/// order.
struct Loop {
  template <class Body>
  bool operator()(const Body& body, const kernels::Grid& grid) const {
    kernels::for_slices(grid, [&](const kernels::GridSlice& slice) {
      const unsigned total = slice.total();
#pragma omp parallel for schedule(static)
      for (unsigned index = 0; index < total; ++index) {
        const kernels::GridIndex at = slice.split(index);
        if constexpr (requires { body.part(0, 0, 0); })
          shared_by_warp(body, at.n, at.i);
        else
          body(at.n, at.i);
      }
      return true;
    });
    return true;
  }

 private:
  template <class Body>
  static void shared_by_warp(const Body& body, int n, int i) {
    using Part = decltype(body.part(n, i, 0));
    Part parts[kernels::kLanes], before[kernels::kLanes];
    for (int lane = 0; lane < kernels::kLanes; ++lane) parts[lane] = body.part(n, i, lane);
    for (int step = kernels::kLanes / 2; step > 0; step /= 2) {
      std::copy(parts, parts + kernels::kLanes, before);
      for (int lane = 0; lane < kernels::kLanes; ++lane)
        parts[lane] = body.join(before[lane], before[(lane + step) % kernels::kLanes]);
    }
    for (int lane = 0; lane < kernels::kLanes; ++lane) body.finish(n, i, lane, parts[0]);
  }
};

void run(const Tensor& out, const Work& work) {
  std::visit([&](const auto& in) { spread(out, in, Loop{}); }, work);
}

void run(void* out, const Reading& reading) {
  std::visit([&](const auto& in) { spread(out, in, Loop{}); }, reading);
}

std::size_t rounded(std::size_t bytes) {
  return (bytes + kAlignment - 1) / kAlignment * kAlignment;
}

class Place : public Marker {
 public:
  explicit Place(HostDevice& device) : device_(device) {}
  void set(Queue queue) override {
    queue_ = queue;
    place_ = device_.given(queue);
  }
  void wait() override { device_.run_until(queue_, place_); }

 private:
  HostDevice& device_;
  Queue queue_ = Queue::compute;
  std::size_t place_ = 0;
};

class Tasks : public Recording {
 public:
  Tasks(HostDevice& device, std::deque<HostDevice::Task> tasks)
      : device_(device), tasks_(std::move(tasks)) {}
  void run() override {
    for (const HostDevice::Task& task : tasks_) device_.enqueue(task);
  }

 private:
  HostDevice& device_;
  std::deque<HostDevice::Task> tasks_;
};

}  // namespace

HostDevice::~HostDevice() {
  for (const auto& block : blocks_) std::free(block.first);
}

void* HostDevice::allocate(std::size_t bytes) {
  if (bytes > free_bytes()) throw MemoryFault("the host device is full");
  ++allocations_;
  used_ += bytes;
  void* memory = std::aligned_alloc(kAlignment, rounded(bytes));
  std::memset(memory, 0xff, rounded(bytes));  // NaN in every storage type
  blocks_.emplace_back(memory, bytes);
  return memory;
}

void HostDevice::release(void* memory) noexcept {
  try {
    wait();  // as cudaFree does
  } catch (const DeviceFault&) {
  }
  const auto block = std::find_if(blocks_.begin(), blocks_.end(),
                                  [&](const auto& b) { return b.first == memory; });
  used_ -= block->second;
  std::free(block->first);
  blocks_.erase(block);
}

void* HostDevice::allocate_host(std::size_t bytes) {
  void* memory = std::aligned_alloc(kAlignment, rounded(bytes));
  std::memset(memory, 0xff, rounded(bytes));
  return memory;
}

void HostDevice::release_host(void* memory) noexcept { std::free(memory); }

void HostDevice::zero(void* memory, std::size_t bytes) {
  enqueue([=] { std::memset(memory, 0, bytes); });
}

void HostDevice::upload(void* to, const void* from, std::size_t bytes, Queue queue) {
  enqueue([=] { std::memcpy(to, from, bytes); }, queue);
}

void HostDevice::download(void* to, const void* from, std::size_t bytes, Queue queue) {
  enqueue([=] { std::memcpy(to, from, bytes); }, queue);
}

void HostDevice::copy(void* to, const void* from, std::size_t bytes) {
  enqueue([=] { std::memcpy(to, from, bytes); });
}

float HostDevice::time(const std::function<void()>& work) {
  wait();
  const auto start = std::chrono::steady_clock::now();
  work();
  wait();
  return std::chrono::duration<float, std::milli>(std::chrono::steady_clock::now() - start).count();
}

void HostDevice::order(Queue first, Queue later) {
  enqueue([=, this, place = given(first)] { run_until(first, place); }, later);
}

std::unique_ptr<Marker> HostDevice::make_marker() { return std::make_unique<Place>(*this); }

void HostDevice::enqueue(Task task, Queue queue) {
  Line& line = lines_[int(queue)];
  line.tasks.push_back(std::move(task));
  ++line.given;
  if (queue == Queue::in && options_.hurries_up) run_until(queue, line.given);
}

/// An error on a queue is reported here, and again by every later call.
void HostDevice::run_until(Queue queue, std::size_t place) {
  if (lost_) throw DeviceFault("the host device is lost");
  Line& line = lines_[int(queue)];
  while (line.done < place) {
    const Task task = std::move(line.tasks.front());
    line.tasks.pop_front();
    ++line.done;
    task();
  }
}

void HostDevice::wait() {
  for (Queue queue : {Queue::compute, Queue::in, Queue::out}) run_until(queue, given(queue));
}

void HostDevice::count_launch() {
  lost_ = lost_ || launches_ == options_.fails_after;
  if (lost_) throw DeviceFault("the host device is lost");
  ++launches_;
}

void HostDevice::launch(const Tensor& out, const Work& work) {
  enqueue([=, this] {
    count_launch();
    run(out, work);
  });
}

void HostDevice::read(void* out, const Reading& reading) {
  enqueue([=, this] {
    count_launch();
    run(out, reading);
  });
}

FoundPlan HostDevice::convolution(const ConvolutionProblem& problem) {
  if (!options_.has_plans || (!options_.fuses && problem.relu))
    return {nullptr, "the host device has none"};
  return {std::make_shared<HostConvolution>(*this, problem), ""};
}

Recorded HostDevice::record(const std::function<void()>& work) {
  ++recordings_;
  Line& line = lines_[int(Queue::compute)];
  const Line before = std::exchange(line, {});
  work();
  return {std::make_unique<Tasks>(*this, std::exchange(line, before).tasks), ""};
}

}  // namespace rfmap::cuda
