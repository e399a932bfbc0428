#pragma once

#include <cstddef>
#include <string>
#include <vector>

#include "engine/convolution_problem.h"

namespace rfmap::cuda {

/// The plans that a library offers for one problem, best first by its heuristics.
class LibraryPlans {
 public:
  virtual ~LibraryPlans() = default;
  virtual int count() const = 0;
  /// Why there are none; empty where there are some.
  virtual std::string why_none() const = 0;
  /// The library's name of the plan: engine and choices.
  virtual std::string name(int plan) const = 0;
  /// What the plan does to numbers, in cuDNN's words: TENSOR_CORE, DOWN_CONVERT_INPUTS, ...
  virtual std::vector<std::string> notes(int plan) const = 0;
  /// To be called before the functions below: empty, or why the plan cannot be used.
  virtual std::string build(int plan) = 0;
  virtual std::size_t workspace_bytes(int plan) const = 0;
  /// Enqueues the plan's work. Throws DeviceFault.
  virtual void run(int plan, const ConvolutionArguments& arguments) const = 0;
};

/// The note for which a plan is refused in this precision; empty: none.
std::string refused_note(Precision precision, const std::vector<std::string>& notes);

/// cuDNN's engine 0 takes every problem and is slow.
inline bool is_slow_plan(const std::string& name) {
  return name == "eng0" || name.starts_with("eng0_");
}

}  // namespace rfmap::cuda
