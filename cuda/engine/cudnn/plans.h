#pragma once

#include <cstddef>
#include <memory>
#include <string>

#include "engine/library_plans.h"

/// cuDNN behind our own types: only plans.cpp includes its frontend's headers.
namespace rfmap::cuda {

/// Loads libcudnn.so.9 once; returns the loader's error text, or empty on success.
std::string load_cudnn();
/// "9.19.0"; needs load_cudnn().
std::string cudnn_version();
/// That of the frontend that this program was built with.
std::string cudnn_frontend_version();

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

/// The plans that cuDNN offers for a problem.
class CudnnPlans : public LibraryPlans {
 public:
  /// No plans if cuDNN has none. Throws DeviceFault if cuDNN fails otherwise.
  CudnnPlans(const CudnnTarget& target, const ConvolutionProblem& problem);
  ~CudnnPlans() override;
  int count() const override;
  std::string why_none() const override;
  std::string name(int plan) const override;
  std::vector<std::string> notes(int plan) const override;
  std::string build(int plan) override;
  std::size_t workspace_bytes(int plan) const override;
  /// Works on the target's stream.
  void run(int plan, const ConvolutionArguments& arguments) const override;

 private:
  struct State;
  std::unique_ptr<State> state_;
};

}  // namespace rfmap::cuda
