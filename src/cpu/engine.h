#pragma once

#include <memory>

#include "plan/engine.h"

namespace rfmap {

/// The engine on oneDNN: primitives with their own choice of layout, our own loops for the rest.
/// Results do not depend on the number of threads. Throws EngineError if oneDNN cannot start.
std::unique_ptr<plan::Engine> make_cpu_engine(const plan::EngineOptions& options);

}  // namespace rfmap
