#include "cuda/planning_device.h"

#include <cstdlib>

namespace rfmap::cuda {
namespace {

class Unrun : public LibraryConvolution {
 public:
  explicit Unrun(std::size_t workspace) : workspace_(workspace) {}
  std::size_t workspace_bytes() const override { return workspace_; }
  void run(const ConvolutionArguments&) override {}

 private:
  std::size_t workspace_;
};

class Nowhere : public Marker {
  void set(Queue) override {}
  void wait() override {}
};

PlanReport ask(const CudnnTarget& target, const ConvolutionProblem& problem) {
  CudnnPlans plans(target, problem);
  PlanReport report;
  for (int i = 0; i < plans.count(); ++i) {
    const bool slow = is_slow_plan(plans.name(i));
    if (slow && !report.plan.empty()) continue;
    if (!refused_note(problem.precision, plans.notes(i)).empty() || !plans.build(i).empty())
      continue;
    report = {plans.name(i), plans.workspace_bytes(i), slow};
    if (!slow) break;
  }
  return report;
}

}  // namespace

/// Addresses that are never read.
void* PlanningDevice::allocate(std::size_t bytes) {
  const std::uintptr_t address = next_;
  next_ += (bytes + 255) / 256 * 256;
  return reinterpret_cast<void*>(address);
}

void* PlanningDevice::allocate_host(std::size_t bytes) { return std::calloc(bytes, 1); }

void PlanningDevice::release_host(void* memory) noexcept { std::free(memory); }

std::unique_ptr<Marker> PlanningDevice::make_marker() { return std::make_unique<Nowhere>(); }

FoundPlan PlanningDevice::convolution(const ConvolutionProblem& problem) {
  const auto [known, fresh] = known_.try_emplace(key_of(problem));
  if (fresh) {
    known->second = ask(target_, problem);
    reports_.emplace_back(problem, known->second);
  }
  if (known->second.plan.empty()) return {nullptr, "none for the described device"};
  return {std::make_shared<Unrun>(known->second.workspace), ""};
}

}  // namespace rfmap::cuda
