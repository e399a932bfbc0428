#pragma once

#include <deque>
#include <functional>

#include "plan/engine.h"

namespace rfmap::run {

/// Calls of a session, several of which may be in progress, so that the engine computes one while
/// the host prepares the next and processes the previous reply.
class Pipeline {
 public:
  using Take = std::function<void(const plan::Reply&)>;

  explicit Pipeline(plan::Session& session) : session_(session) {}
  /// Replies that were not processed are dropped.
  ~Pipeline();
  Pipeline(const Pipeline&) = delete;
  /// Starts a call. `take` gets its reply after those of earlier calls, during a later run() or
  /// drain(). The call's spans may change once this returns.
  void run(int program, const plan::Call& call, Take take);
  /// Processes all replies.
  void drain();

 private:
  void take_oldest();

  plan::Session& session_;
  std::deque<Take> takes_;
  plan::Reply reply_;
};

}  // namespace rfmap::run
