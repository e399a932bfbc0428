#pragma once

#include <map>
#include <memory>
#include <string>
#include <vector>

#include "engine/cudnn/plans.h"
#include "engine/device.h"

namespace rfmap::cuda {

/// cuDNN's answer for one problem on a described device.
struct PlanReport {
  std::string plan;  ///< the best one without the slow engine, else a slow one; empty: none
  std::size_t workspace = 0;
  bool slow = false;
};

/// A device that is described, not present: programs compile on it, and nothing is computed. Every
/// result is zero.
class PlanningDevice : public Device {
 public:
  explicit PlanningDevice(const CudnnTarget& target) : target_(target) {}

  void* allocate(std::size_t bytes) override;
  void release(void*) noexcept override {}
  void* allocate_host(std::size_t bytes) override;
  void release_host(void* memory) noexcept override;
  void zero(void*, std::size_t) override {}
  void upload(void*, const void*, std::size_t, Queue) override {}
  void download(void*, const void*, std::size_t, Queue) override {}
  void order(Queue, Queue) override {}
  std::unique_ptr<Marker> make_marker() override;
  void wait() override {}
  void launch(const Tensor&, const Work&) override {}
  void read(void*, const Reading&) override {}
  FoundPlan convolution(const ConvolutionProblem& problem) override;
  Recorded record(const std::function<void()>&) override { return {}; }

  /// By problem, in the order of the requests.
  const std::vector<std::pair<ConvolutionProblem, PlanReport>>& reports() const { return reports_; }

 private:
  CudnnTarget target_;
  std::uintptr_t next_ = 4096;
  std::map<std::string, PlanReport> known_;
  std::vector<std::pair<ConvolutionProblem, PlanReport>> reports_;
};

}  // namespace rfmap::cuda
