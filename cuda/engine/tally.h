#pragma once

#include <map>
#include <set>
#include <string>
#include <vector>

namespace rfmap::cuda {

/// What the sessions of an engine run otherwise than it is fast. Each case is told once, and all of
/// them are counted.
class Tally {
 public:
  /// A convolution, by its problem's key, that a library's plan computes.
  void add_plan(const std::string& problem) { plans_.insert(problem); }
  /// One that rfmap's own kernel computes by design.
  void add_own_kernel(const std::string& problem) { own_.insert(problem); }
  /// One that it computes because the library has no plan. `step`: the layer and its shapes.
  void add_missing_plan(const std::string& problem, const std::string& step,
                        const std::string& why);
  /// A stretch of launches of a program that is recorded, so that one call launches all of it.
  void add_recorded() { ++recorded_; }
  /// One that is launched piece by piece in every call.
  void add_unrecorded(const std::string& stretch, const std::string& why);

  /// For --verbose.
  std::vector<std::string> lines() const;

 private:
  std::set<std::string> plans_, own_;
  std::map<std::string, std::string> missing_, unrecorded_;  ///< with their reasons
  int recorded_ = 0;
};

}  // namespace rfmap::cuda
