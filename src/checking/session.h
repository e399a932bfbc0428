#pragma once

#include <map>
#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "checking/difference.h"
#include "plan/engine.h"

namespace rfmap::checking {

/// Two sessions side by side (engine.h). The reference's programs read every step's output, the
/// tested one's beside their own reads those that later programs rely on; only where replies
/// differ is the tested program run again, cut after each step.
class CheckingSession : public plan::Session {
 public:
  CheckingSession(plan::Engine& tested, plan::Engine& reference, const plan::ProgramSet& set,
                  float tolerance);
  void set_patches(std::span<const float> patches) override;
  void add(const std::vector<plan::Value>& residents,
           const std::vector<plan::Program>& programs) override;
  void run(int program, const plan::Call& call, plan::Reply& reply) override;
  std::size_t memory_bytes() const override { return tested_->memory_bytes(); }

 private:
  /// Of a layer, in all calls so far: small values say little of their rounding.
  struct Magnitude {
    float largest = 0;
    float largest_sum = 0;  ///< of a channel's absolute values
  };

  void note_magnitudes(const Watched& watched, const plan::Call& call);
  float allowed(const plan::Program& program, const plan::Step& step) const;
  void compare_replies(const Watched& watched, const plan::Call& call, const plan::Reply& reply);
  void find_step(const Watched& watched, const plan::Call& call);
  std::string report(const plan::Program& program, const plan::Step& step,
                     const Difference& difference) const;

  std::string tested_name_, reference_name_;
  std::unique_ptr<plan::Session> tested_, reference_;
  float tolerance_;
  std::vector<Watched> programs_;
  int tested_programs_ = 0;                                       ///< cut ones too
  std::map<std::pair<std::string, bool>, Magnitude> magnitudes_;  ///< by layer; true: its crops
  plan::Reply want_;
};

}  // namespace rfmap::checking
