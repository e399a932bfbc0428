#pragma once

#include <stdexcept>
#include <string>

namespace rfmap {

/// Exit codes of the program (table in README.md).
enum ExitCode {
  kExitDone = 0,
  kExitFault = 1,
  kExitUsage = 2,
  kExitData = 3,
  kExitSkippedImages = 4,
  kExitInterrupted = 130,
};

/// The message of an error is one sentence: which file or option, what is wrong, what would help.
class Error : public std::runtime_error {
 public:
  Error(int exit_code, const std::string& sentence)
      : std::runtime_error(sentence), exit_code_(exit_code) {}
  int exit_code() const { return exit_code_; }

 private:
  int exit_code_;
};

/// Wrong usage: a bad option, a file that does not exist, an unknown layer.
struct ConfigError : Error {
  explicit ConfigError(const std::string& sentence) : Error(kExitUsage, sentence) {}
};
/// A model that cannot be read or contains something unsupported.
struct ModelError : Error {
  explicit ModelError(const std::string& sentence) : Error(kExitData, sentence) {}
};
/// An image set or results file that cannot be read or is damaged.
struct DataError : Error {
  explicit DataError(const std::string& sentence) : Error(kExitData, sentence) {}
};
/// A fault of the machine or of a library: full disk, lost device, no GPU.
struct EngineError : Error {
  explicit EngineError(const std::string& sentence) : Error(kExitFault, sentence) {}
};
/// A device does not have the requested memory; a smaller batch may fit.
struct OutOfMemory : EngineError {
  using EngineError::EngineError;
};
/// Ctrl-C, SIGTERM or SIGUSR1, or a shard waited too long: the run stopped cleanly and can be
/// resumed.
struct Interrupted : Error {
  explicit Interrupted(const std::string& sentence) : Error(kExitInterrupted, sentence) {}
};

}  // namespace rfmap
