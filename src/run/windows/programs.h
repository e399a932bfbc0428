#pragma once

#include <map>
#include <memory>
#include <utility>
#include <vector>

#include "plan/engine.h"
#include "plan/windows/plan.h"

namespace rfmap::run {

/// Sizes along both axes.
struct ClassPair {
  int y = 0, x = 0;
  bool operator<(const ClassPair& other) const { return y != other.y ? y < other.y : x < other.x; }
};

/// Samples per call.
struct WindowBatches {
  int windows = 0;  ///< shared windows, and own ones from the input on
  /// Own windows after shared ones: only a few of a shared batch's samples use the same program.
  int after_shared = 0;
};

/// Compiled windowed programs of a run; each is created at first use and kept. Indices are those of
/// the session.
class WindowPrograms {
 public:
  /// Windows shared up to one cut.
  struct Shared {
    plan::SharedWindows windows;
    std::vector<int> reads;  ///< targets read from them, by table
    struct Compiled {
      int program = 0;
      int first_frontier = 0;
    };
    std::map<ClassPair, Compiled> compiled;
  };
  /// One target's own windows after one cut.
  struct Own {
    plan::OwnWindows windows;
    /// by group, own class, shared class
    std::map<std::pair<int, std::pair<ClassPair, ClassPair>>, int> compiled;
  };

  /// The session already holds `residents` and `programs` programs; those of the plan are added.
  WindowPrograms(plan::Session& session, plan::WindowPlan& plan, std::vector<plan::Value> residents,
                 int programs, const WindowBatches& batches);

  plan::WindowPlan& plan() { return plan_; }
  int batch() const { return batches_.windows; }
  /// Of own windows; `shared` is null if nothing is shared.
  int own_batch(const Shared* shared) const {
    return shared ? batches_.after_shared : batches_.windows;
  }
  int original() const { return original_; }
  Shared& shared(int cut);
  Own& own(int cut, int target);
  Shared::Compiled shared_program(Shared& shared, ClassPair sizes);
  int own_program(Own& own, int target, int group, ClassPair sizes, Shared* shared,
                  ClassPair shared_sizes);
  /// Adds a program to the session; returns its index.
  int add(const plan::Program& program, const std::vector<plan::Value>& residents = {});

 private:
  plan::Session& session_;
  plan::WindowPlan& plan_;
  std::vector<plan::Value> residents_;
  int programs_, original_;
  WindowBatches batches_;
  std::map<int, Shared> shared_;
  std::map<std::pair<int, int>, Own> own_;
};

}  // namespace rfmap::run
