#pragma once

#include <cstddef>
#include <memory>
#include <string>

#include "engine/convolution_problem.h"

/// cuDNN behind types of our own: its frontend's headers are read by plans.cpp alone.
namespace rfmap::cuda {

/// Loads libcudnn.so.9 once; the loader's text where it cannot be, else empty.
std::string load_cudnn();
/// "9.19.0"; needs load_cudnn().
std::string cudnn_version();

/// What plans are made for: the device of a handle, or one that is only described.
class CudnnTarget {
 public:
  struct State;
  /// Owns a handle that works on `stream` (a cudaStream_t). Throws DeviceFault.
  static CudnnTarget on_stream(void* stream);
  /// `json`: the device in cuDNN's own words (data/devices). Plans can be built, not run.
  static CudnnTarget described(const std::string& json);
  const std::shared_ptr<State>& state() const { return state_; }

 private:
  explicit CudnnTarget(std::shared_ptr<State> state) : state_(std::move(state)) {}
  std::shared_ptr<State> state_;
};

/// The plans that cuDNN offers for a problem, best first by its heuristics. Left out are those
/// whose results are not the precision's or not the same in every run.
class CudnnPlans {
 public:
  /// No plans where cuDNN has none. Throws DeviceFault where cuDNN fails otherwise.
  CudnnPlans(const CudnnTarget& target, const ConvolutionProblem& problem);
  ~CudnnPlans();
  int count() const;
  /// cuDNN's name: engine and choices.
  std::string name(int plan) const;
  /// True when the plan can be used; must be so before what follows.
  bool build(int plan);
  std::size_t workspace_bytes(int plan) const;
  /// Puts the plan's work on the target's stream.
  void run(int plan, const ConvolutionArguments& arguments) const;

 private:
  struct State;
  std::unique_ptr<State> state_;
};

/// cuDNN's engine 0 takes every problem and is slow.
inline bool is_slow_plan(const std::string& name) {
  return name == "eng0" || name.rfind("eng0_", 0) == 0;
}

}  // namespace rfmap::cuda
