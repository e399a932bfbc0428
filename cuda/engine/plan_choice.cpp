#include "engine/plan_choice.h"

#include <algorithm>
#include <limits>
#include <map>
#include <optional>
#include <vector>

#include <fmt/ranges.h>

#include "rfmap/error.h"

#include "core/log.h"
#include "engine/plan_trial.h"

namespace rfmap::cuda {
namespace {

constexpr int kCandidates = 8;           // the library's heuristics put good ones first
constexpr double kWorkspaceShare = 0.9;  // of the memory that is free; the library needs some too
constexpr const char* kNoPlan = "none";

class ChosenPlan : public LibraryConvolution {
 public:
  ChosenPlan(std::shared_ptr<LibraryPlans> plans, int plan)
      : plans_(std::move(plans)), plan_(plan) {}
  std::size_t workspace_bytes() const override { return plans_->workspace_bytes(plan_); }
  void run(const ConvolutionArguments& arguments) override { plans_->run(plan_, arguments); }

 private:
  std::shared_ptr<LibraryPlans> plans_;
  int plan_;
};

/// A plan that has been built, and what its trial took.
struct Candidate {
  int plan = 0;
  float time = 0;  ///< ms
};

/// The choice for one problem; what was left out on the way, and why.
class Choice {
 public:
  Choice(TrialDevice& device, LibraryPlans& plans, const ConvolutionProblem& problem)
      : device_(device), plans_(plans), problem_(problem) {}

  std::optional<Candidate> choose() {
    std::vector<int> slow, others;
    collect(others, slow);
    if (others.empty() && slow.empty()) return std::nullopt;
    PlanTrial trial(device_, plans_, problem_);
    const double free = kWorkspaceShare * double(device_.free_bytes());
    std::optional<Candidate> best = first_right(trial, timed(trial, others, free));
    if (!best) best = first_right(trial, timed(trial, slow, free));
    return best;
  }
  /// "3 for TENSOR_CORE; NAME (why); NAME (why)"
  std::string left_out(std::size_t most = std::numeric_limits<std::size_t>::max()) const {
    std::vector<std::string> all;
    for (const auto& [note, count] : refused_) all.push_back(fmt::format("{} for {}", count, note));
    all.insert(all.end(), left_out_.begin(), left_out_.end());
    all.resize(std::min(all.size(), most));
    return fmt::format("{}", fmt::join(all, "; "));
  }
  std::string summary() const {
    constexpr std::size_t kShown = 3;
    return fmt::format("of {} plans none can be used: {}", plans_.count(), left_out(kShown));
  }
  /// Plans ran, and only their bits were wrong: another time it would be the same.
  bool lasting() const { return differing_ && failures_.empty() && !short_of_memory_; }

  void tell_failures() const {
    if (failures_.empty()) return;
    log::warn("convolution {}: {} of the library's plans failed when tried, and are left out: {}",
              key_of(problem_), failures_.size(), failures_.front());
  }

 private:
  /// The library's first proposals that can be built; those of its slow engine apart.
  void collect(std::vector<int>& others, std::vector<int>& slow) {
    for (int i = 0; i < plans_.count() && int(others.size()) < kCandidates; ++i) {
      const bool is_slow = is_slow_plan(plans_.name(i));
      if (is_slow && !slow.empty()) continue;
      if (const std::string note = refused_note(problem_.precision, plans_.notes(i)); !note.empty())
        ++refused_[note];
      else if (const std::string why = plans_.build(i); !why.empty())
        leave_out(i, why);
      else
        (is_slow ? slow : others).push_back(i);
    }
  }

  /// Those that run in the memory there is, the fastest first.
  std::vector<Candidate> timed(PlanTrial& trial, std::vector<int> plans, double free) {
    // The one that needs most comes first, so that memory is reserved once.
    std::ranges::stable_sort(plans, std::ranges::greater(),
                             [&](int plan) { return plans_.workspace_bytes(plan); });
    std::vector<Candidate> candidates;
    for (const int plan : plans) {
      const std::size_t bytes = plans_.workspace_bytes(plan);
      if (double(bytes) > free || !trial.reserve(bytes)) {
        short_of_memory_ = true;
        leave_out(plan, fmt::format("needs {:.1f} MiB of workspace", double(bytes) / (1 << 20)));
        continue;
      }
      attempt(plan, [&] { candidates.push_back({plan, trial.time(plan)}); });
    }
    std::ranges::stable_sort(candidates, {}, &Candidate::time);
    return candidates;
  }

  std::optional<Candidate> first_right(PlanTrial& trial, const std::vector<Candidate>& candidates) {
    for (const Candidate& candidate : candidates) {
      std::optional<std::string> differing;
      attempt(candidate.plan, [&] { differing = trial.differing_bits(candidate.plan); });
      if (!differing) continue;
      if (differing->empty()) return candidate;
      differing_ = true;
      leave_out(candidate.plan, *differing);
    }
    return std::nullopt;
  }

  /// Leaves the plan out where it fails; a device that answers no more fails again here.
  template <class Try>
  void attempt(int plan, Try try_it) {
    try {
      try_it();
    } catch (const DeviceFault& fault) {
      device_.wait();
      failures_.push_back(plans_.name(plan) + " (" + fault.what() + ")");
      left_out_.push_back(failures_.back());
    }
  }

  void leave_out(int plan, const std::string& why) {
    left_out_.push_back(plans_.name(plan) + " (" + why + ")");
  }

  TrialDevice& device_;
  LibraryPlans& plans_;
  const ConvolutionProblem& problem_;
  std::map<std::string, int> refused_;  ///< plans by the note for which they are
  std::vector<std::string> left_out_, failures_;
  bool differing_ = false, short_of_memory_ = false;
};

/// Why the plan of this name cannot be used; else sets `plan`.
std::string find_named(LibraryPlans& plans, Precision precision, const std::string& name,
                       int& plan) {
  std::string why = "the library does not offer it";
  for (int i = 0; i < plans.count(); ++i) {
    if (!is_named(plans.name(i), name)) continue;
    if (const std::string note = refused_note(precision, plans.notes(i)); !note.empty())
      why = note + " is refused in this precision";
    else if (why = plans.build(i); why.empty())
      return plan = i, "";
  }
  return why;
}

/// For --verbose: what runs a problem. The key and the name make a line of RFMAP_PLANS.
FoundPlan use(const std::shared_ptr<LibraryPlans>& plans, int plan,
              const ConvolutionProblem& problem, const std::string& how) {
  const std::vector<std::string> notes = plans->notes(plan);
  log::debug("plan {} {}: {}, workspace {:.1f} MiB, notes {}", key_of(problem), plans->name(plan),
             how, double(plans->workspace_bytes(plan)) / (1 << 20),
             notes.empty() ? "none" : fmt::format("{}", fmt::join(notes, ",")));
  return {std::make_shared<ChosenPlan>(plans, plan), ""};
}

FoundPlan choose_by_trial(TrialDevice& device, const std::shared_ptr<LibraryPlans>& plans,
                          PlanCache& cache, const ConvolutionProblem& problem) {
  const std::string key = key_of(problem);
  Choice choice(device, *plans, problem);
  const std::optional<Candidate> best = choice.choose();
  choice.tell_failures();
  if (const std::string left_out = choice.left_out(); !left_out.empty())
    log::debug("plans left out for {}: {}", key, left_out);
  if (best) {
    cache.add(key, plans->name(best->plan));
    return use(plans, best->plan, problem, fmt::format("{:.4g} ms", best->time));
  }
  if (choice.lasting()) cache.add(key, kNoPlan);
  return {nullptr, plans->count() > 0 ? choice.summary() : plans->why_none()};
}

}  // namespace

FoundPlan choose_plan(TrialDevice& device, const std::shared_ptr<LibraryPlans>& plans,
                      PlanCache& cache, const PinnedPlans& pinned,
                      const ConvolutionProblem& problem) {
  const std::string key = key_of(problem);
  int plan = 0;
  if (const Pin pin = pinned.find(key); !pin.plan.empty()) {
    const std::string why = find_named(*plans, problem.precision, pin.plan, plan);
    if (why.empty()) {
      cache.keep_in_run(key, plans->name(plan));
      return use(plans, plan, problem, "pinned");
    }
    if (pin.of_this_problem)
      throw ConfigError("RFMAP_PLANS: plan " + pin.plan + " of " + key + ": " + why);
  }
  const std::string known = cache.find(key);
  if (known == kNoPlan) return {nullptr, "none gave equal bits when they were tried"};
  if (!known.empty()) {
    const std::string why = find_named(*plans, problem.precision, known, plan);
    if (why.empty()) return use(plans, plan, problem, "known from before");
    log::debug("plan {} {} of an earlier run: {}; choosing anew", key, known, why);
  }
  return choose_by_trial(device, plans, cache, problem);
}

}  // namespace rfmap::cuda
