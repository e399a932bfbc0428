#pragma once

#include <memory>

#include "plan/engine.h"

namespace rfmap {

/// The reference engine, the oracle of the tests: plain loops on one thread, sums in double, no
/// library.
std::unique_ptr<plan::Engine> make_reference_engine();

}  // namespace rfmap
