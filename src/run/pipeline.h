#pragma once

#include <deque>
#include <functional>

#include "plan/engine.h"

namespace rfmap {

/// Calls of a session, several of which may be in progress, so that the engine computes one while
/// the host prepares the next and processes the previous reply.
class Pipeline {
 public:
  using Take = std::function<void(const Reply&)>;

  explicit Pipeline(Session& session) : session_(session) {}
  /// Replies that were not processed are dropped.
  ~Pipeline();
  Pipeline(const Pipeline&) = delete;
  /// Starts a call. `take` gets its reply after those of earlier calls, during a later run() or
  /// drain(). The call's spans may change once this returns.
  void run(int program, const Call& call, Take take);
  /// Processes all replies.
  void drain();

 private:
  void take_oldest();

  Session& session_;
  std::deque<Take> takes_;
  Reply reply_;
};

}  // namespace rfmap
