#include "engine/tally.h"

#include <fmt/format.h>

#include "core/log.h"

namespace rfmap::cuda {
namespace {

std::string or_unknown(const std::string& why) { return why.empty() ? "no reason given" : why; }

}  // namespace

void Tally::add_missing_plan(const std::string& problem, const std::string& step,
                             const std::string& why) {
  if (!missing_.emplace(problem, why).second) return;
  log::warn("{}: cuDNN has no plan for {} ({}); rfmap's own kernel computes it, which is slow",
            step, problem, or_unknown(why));
}

void Tally::add_unrecorded(const std::string& stretch, const std::string& why) {
  if (!unrecorded_.emplace(stretch, why).second) return;
  log::warn("{} cannot be recorded ({}); each call launches it piece by piece, which is slower",
            stretch, or_unknown(why));
}

std::vector<std::string> Tally::lines() const {
  return {
      fmt::format("convolutions: {} by cuDNN's plans, {} by own kernels by design, {} by own "
                  "kernels for lack of a plan",
                  plans_.size(), own_.size(), missing_.size()),
      fmt::format("stretches of launches: {} recorded, {} refused", recorded_, unrecorded_.size())};
}

}  // namespace rfmap::cuda
