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

/// One of those, or any name that make_engine knows. Arithmetic is fp32.
std::unique_ptr<plan::Engine> engine_of(const std::string& name, int threads = 1);

/// Free memory for a new engine; for the CUDA engine only.
std::size_t free_bytes(const std::string& name);

}  // namespace rfmap::testing_engines
