#include "engine/gpu/plan_choice.h"

#include <algorithm>
#include <cstring>
#include <limits>
#include <vector>

#include "engine/gpu/runtime.h"
#include "engine/memory.h"
#include "kernels/number.h"

namespace rfmap::cuda {
namespace {

constexpr int kCandidates = 8;  // cuDNN's heuristics put good ones first
constexpr int kTimedRuns = 3;
constexpr int kSlotsChecked = 16;
constexpr const char* kNoPlan = "none";

class CudnnConvolution : public LibraryConvolution {
 public:
  CudnnConvolution(std::shared_ptr<CudnnPlans> plans, int plan)
      : plans_(std::move(plans)), plan_(plan) {}
  std::size_t workspace_bytes() const override { return plans_->workspace_bytes(plan_); }
  void run(const ConvolutionArguments& arguments) override { plans_->run(plan_, arguments); }

 private:
  std::shared_ptr<CudnnPlans> plans_;
  int plan_;
};

/// Numbers between -1 and 1, as the type stores them; the same in every run.
std::vector<std::byte> numbers(kernels::DType type, std::size_t count, std::uint32_t seed) {
  std::vector<std::byte> bytes(count * kernels::bytes_of(type));
  const Tensor out{bytes.data(), type, 1, 1, 1, 1, 1};
  for (std::size_t i = 0; i < count; ++i) {
    seed = seed * 1664525u + 1013904223u;
    kernels::store_one(out, std::int64_t(i), float(seed >> 8) * 0x1p-23f - 1);
  }
  return bytes;
}

/// A problem's tensors with numbers in them, to try plans on.
class Trial {
 public:
  Trial(GpuDevice& device, const ConvolutionProblem& problem, std::size_t workspace)
      : device_(device),
        problem_(problem),
        type_(storage_of(problem.precision)),
        sample_in_(problem.in.volume() * kernels::bytes_of(type_)),
        sample_out_(problem.out.volume() * kernels::bytes_of(type_)),
        in_(memory(sample_in_ * problem.batch)),
        weights_(memory(std::size_t(problem.out.c) * problem.kernel.h * problem.kernel.w *
                        (problem.in.c / problem.groups) * kernels::bytes_of(type_))),
        bias_(memory(std::size_t(problem.out.c) * kernels::bytes_of(type_))),
        residual_(memory(problem.residual ? sample_out_ * problem.batch : 0)),
        out_(memory(sample_out_ * problem.batch)),
        workspace_(memory(workspace)) {
    fill(weights_, 1);
    fill(bias_, 2);
    if (problem.residual) {
      put(residual_.data(), numbers(type_, problem.out.volume(), 3));
      device_.repeat(residual_.data(), sample_out_, problem.batch);
    }
    device_.wait();
  }

  /// Equal samples must give equal bits: all slots alike, then every other one.
  bool gives_equal_bits(CudnnPlans& plans, int plan) {
    put(in_.data(), numbers(type_, problem_.in.volume(), 4));
    device_.repeat(in_.data(), sample_in_, problem_.batch);
    const std::vector<std::byte> want = outputs(plans, plan, 1).front();
    for (const auto& got : outputs(plans, plan, 1))
      if (got != want) return false;
    if (problem_.batch < 2) return true;
    put(in_.data() + sample_in_, numbers(type_, problem_.in.volume(), 5));
    device_.repeat(in_.data(), 2 * sample_in_, problem_.batch / 2);
    for (const auto& got : outputs(plans, plan, 2))
      if (got != want) return false;
    return true;
  }

  /// Milliseconds, the best of some.
  float time(CudnnPlans& plans, int plan) {
    const Event start = make_event(cudaEventDefault), stop = make_event(cudaEventDefault);
    float best = std::numeric_limits<float>::infinity();
    for (int i = 0; i < kTimedRuns; ++i) {
      check(cudaEventRecord(start.get(), device_.stream()));
      plans.run(plan, arguments());
      check(cudaEventRecord(stop.get(), device_.stream()));
      check(cudaEventSynchronize(stop.get()));
      float elapsed = 0;
      check(cudaEventElapsedTime(&elapsed, start.get(), stop.get()));
      best = std::min(best, elapsed);
    }
    return best;
  }

 private:
  Memory memory(std::size_t bytes) {
    // The trial ends before the device does.
    return Memory(std::shared_ptr<Device>(&device_, [](Device*) {}), bytes);
  }
  void put(void* to, const std::vector<std::byte>& bytes) {
    device_.upload(to, bytes.data(), bytes.size(), Queue::compute);
    device_.wait();
  }
  void fill(const Memory& to, std::uint32_t seed) {
    put(to.data(), numbers(type_, to.bytes() / kernels::bytes_of(type_), seed));
  }
  ConvolutionArguments arguments() const {
    return {in_.data(),       weights_.data(), bias_.data(),
            residual_.data(), out_.data(),     workspace_.data()};
  }

  /// Some slots' outputs, first and last among them, counted in steps of `step`.
  std::vector<std::vector<std::byte>> outputs(CudnnPlans& plans, int plan, int step) {
    device_.zero(out_.data(), out_.bytes());
    plans.run(plan, arguments());
    const int last = (problem_.batch - 1) / step;
    const int count = std::min(last + 1, kSlotsChecked);
    std::vector<std::vector<std::byte>> slots(count, std::vector<std::byte>(sample_out_));
    for (int i = 0; i < count; ++i) {
      const std::size_t slot = count == 1 ? 0 : std::size_t(last) * i / (count - 1) * step;
      device_.download(slots[i].data(), out_.data() + slot * sample_out_, sample_out_,
                       Queue::compute);
    }
    device_.wait();
    return slots;
  }

  GpuDevice& device_;
  ConvolutionProblem problem_;
  kernels::DType type_;
  std::size_t sample_in_, sample_out_;
  Memory in_, weights_, bias_, residual_, out_, workspace_;
};

std::vector<int> built_candidates(CudnnPlans& plans) {
  std::vector<int> built;
  for (int i = 0; i < plans.count() && int(built.size()) < kCandidates; ++i)
    if (plans.build(i)) built.push_back(i);
  return built;
}

int named(CudnnPlans& plans, const std::string& name) {
  for (int i = 0; i < plans.count(); ++i)
    if (plans.name(i) == name && plans.build(i)) return i;
  return -1;
}

}  // namespace

std::shared_ptr<LibraryConvolution> choose_plan(GpuDevice& device, const CudnnTarget& target,
                                                PlanCache& cache,
                                                const ConvolutionProblem& problem) {
  const auto plans = std::make_shared<CudnnPlans>(target, problem);
  const std::string key = key_of(problem), known = cache.find(key);
  if (known == kNoPlan) return nullptr;
  if (!known.empty())
    if (const int plan = named(*plans, known); plan >= 0)
      return std::make_shared<CudnnConvolution>(plans, plan);
  const std::vector<int> candidates = built_candidates(*plans);
  std::size_t workspace = 0;
  for (int plan : candidates) workspace = std::max(workspace, plans->workspace_bytes(plan));
  if (candidates.empty()) return nullptr;
  Trial trial(device, problem, workspace);
  int best = -1;
  float best_time = std::numeric_limits<float>::infinity();
  for (int plan : candidates) {
    if (!trial.gives_equal_bits(*plans, plan)) continue;
    const float time = trial.time(*plans, plan);
    if (time < best_time) best = plan, best_time = time;
  }
  cache.add(key, best < 0 ? kNoPlan : plans->name(best));
  if (best < 0) return nullptr;
  return std::make_shared<CudnnConvolution>(plans, best);
}

}  // namespace rfmap::cuda
