#pragma once

#include <deque>
#include <functional>

#include "rfmap/engine.h"

namespace rfmap {

/// Calls of a session of which some may be under way, so that the engine computes one while the
/// host prepares the next and takes what the one before it gave.
class Pipeline {
 public:
  using Take = std::function<void(const Reply&)>;

  explicit Pipeline(Session& session) : session_(session) {}
  /// Replies that were not taken are dropped.
  ~Pipeline();
  Pipeline(const Pipeline&) = delete;
  /// Starts a call. `take` sees its reply after those of earlier calls, during a later run() or
  /// drain(). The call's spans may change once this returns.
  void run(int program, const Call& call, Take take);
  /// Takes all replies.
  void drain();

 private:
  void take_oldest();

  Session& session_;
  std::deque<Take> takes_;
  Reply reply_;
};

}  // namespace rfmap
