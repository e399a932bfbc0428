#pragma once

#include <cstddef>
#include <memory>
#include <string>

#include "engine/convolution_problem.h"

/// cuDNN behind our own types: only plans.cpp includes its frontend's headers.
namespace rfmap::cuda {

/// Loads libcudnn.so.9 once; returns the loader's error text, or empty on success.
std::string load_cudnn();
/// "9.19.0"; needs load_cudnn().
std::string cudnn_version();

/// The target of plans: the device of a handle, or one that is only described.
class CudnnTarget {
 public:
  struct State;
  /// Owns a handle that works on `stream` (a cudaStream_t). Throws DeviceFault.
  static CudnnTarget on_stream(void* stream);
  /// `json`: cuDNN's description of the device (data/devices). Plans can be built, not run.
  static CudnnTarget described(const std::string& json);
  const std::shared_ptr<State>& state() const { return state_; }

 private:
  explicit CudnnTarget(std::shared_ptr<State> state) : state_(std::move(state)) {}
  std::shared_ptr<State> state_;
};

/// The plans that cuDNN offers for a problem, best first by its heuristics. Excludes those with
/// another precision, and those whose results differ between runs.
class CudnnPlans {
 public:
  /// No plans if cuDNN has none. Throws DeviceFault if cuDNN fails otherwise.
  CudnnPlans(const CudnnTarget& target, const ConvolutionProblem& problem);
  ~CudnnPlans();
  int count() const;
  /// cuDNN's name of the plan: engine and choices.
  std::string name(int plan) const;
  /// True if the plan can be used; must be called before the functions below.
  bool build(int plan);
  std::size_t workspace_bytes(int plan) const;
  /// Enqueues the plan's work on the target's stream.
  void run(int plan, const ConvolutionArguments& arguments) const;

 private:
  struct State;
  std::unique_ptr<State> state_;
};

}  // namespace rfmap::cuda
