#pragma once

#include <stdexcept>
#include <string>

namespace rfmap {

/// Exit codes of the program (docs: README, "Exit codes").
enum ExitCode {
  kExitDone = 0,
  kExitFault = 1,
  kExitUsage = 2,
  kExitData = 3,
  kExitSkippedImages = 4,
  kExitInterrupted = 130,
};

/// An error is one sentence: which file or option, what is wrong, what would help.
class Error : public std::runtime_error {
 public:
  Error(int exit_code, const std::string& sentence)
      : std::runtime_error(sentence), exit_code_(exit_code) {}
  int exit_code() const { return exit_code_; }

 private:
  int exit_code_;
};

/// Wrong use: a bad option, a file that does not exist, an unknown layer.
struct ConfigError : Error {
  explicit ConfigError(const std::string& sentence) : Error(kExitUsage, sentence) {}
};
/// A model that cannot be read or holds what is not supported.
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
/// A device has not the memory that was asked for; a smaller batch may do.
struct OutOfMemory : EngineError {
  using EngineError::EngineError;
};
/// Ctrl-C or SIGTERM: the run stopped cleanly and can be resumed.
struct Interrupted : Error {
  explicit Interrupted(const std::string& sentence) : Error(kExitInterrupted, sentence) {}
};

}  // namespace rfmap
