#include "checking/engine.h"

#include <utility>

#include "checking/session.h"

namespace rfmap {
using namespace plan;
namespace {

class CheckingEngine : public Engine {
 public:
  CheckingEngine(std::unique_ptr<Engine> tested, std::unique_ptr<Engine> reference, float tolerance)
      : tested_(std::move(tested)), reference_(std::move(reference)), tolerance_(tolerance) {}

  std::string name() const override { return "check:" + tested_->name(); }
  std::string description() const override {
    return tested_->description() + "; every reply compared with the engine " + reference_->name();
  }
  bool ragged_windows() const override { return tested_->ragged_windows(); }
  std::vector<std::string> report() const override { return tested_->report(); }
  void keep_choices(const std::string& folder) override { tested_->keep_choices(folder); }
  std::unique_ptr<Session> compile(const ProgramSet& set) override {
    return std::make_unique<checking::CheckingSession>(*tested_, *reference_, set, tolerance_);
  }

 private:
  std::unique_ptr<Engine> tested_, reference_;
  float tolerance_;
};

}  // namespace

std::unique_ptr<Engine> make_checking_engine(std::unique_ptr<Engine> tested,
                                             std::unique_ptr<Engine> reference, float tolerance) {
  return std::make_unique<CheckingEngine>(std::move(tested), std::move(reference), tolerance);
}

float checking_tolerance(const std::string& precision) {
  if (precision == "fp32") return 1e-4f;
  return precision == "bf16" ? 1e-1f : 1e-2f;
}

}  // namespace rfmap
