#pragma once

#include <memory>
#include <string>
#include <vector>

#include "plan/engine.h"

/// The cases of tests/engine are built once and linked with one of the source files of this folder,
/// each of which names the engines on which they run.
namespace rfmap::testing_engines {

std::vector<std::string> engines_under_test();

/// How many random networks an engine runs: fewer if its arithmetic is slow.
int random_networks(const std::string& engine);

/// One of those, or any name that make_engine knows. Arithmetic is fp32, or what follows the last
/// hyphen of the name: tf32, fp16, bf16.
std::unique_ptr<plan::Engine> engine_of(const std::string& name, int threads = 1);

/// Free memory for a new engine; for the CUDA engine only.
std::size_t free_bytes(const std::string& name);

/// How much more than fp32's an engine's values may be off, relative to the largest one.
struct Slack {
  float operation = 0;  ///< after one operation or a few
  float network = 0;    ///< after a network, as `--device check` has it
};

inline Slack slack_of(const std::string& engine) {
  const std::string precision = engine.substr(engine.rfind('-') + 1);
  if (precision == "tf32" || precision == "fp16") return {4e-3f, 1e-2f};
  if (precision == "bf16") return {3e-2f, 0.1f};
  return {};
}

}  // namespace rfmap::testing_engines
