#pragma once

#include <optional>
#include <string>

#include "rfmap/ranks.h"

namespace rfmap::ranks {

struct Envelope {
  int from = 0;
  std::string bytes;
};

/// Carries messages between the ranks of a job; those from one rank to another stay in order. All
/// calls come from the thread that made it. The destructor leaves the job in good order.
class Transport {
 public:
  virtual ~Transport() = default;
  virtual Place place() const = 0;
  /// Returns at once.
  virtual void send(int to, std::string bytes) = 0;
  /// A message that has come, without waiting.
  virtual std::optional<Envelope> receive() = 0;
  /// Messages are still on their way out.
  virtual bool is_sending() = 0;
  /// Ends all processes of the job at once.
  [[noreturn]] virtual void abort(int exit_code) = 0;
};

}  // namespace rfmap::ranks
