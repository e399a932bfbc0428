#pragma once

#include <memory>
#include <string>

#include "plan/engine.h"

namespace rfmap {

/// Runs every call on both engines and gives what `tested` replied. Throws EngineError where the
/// two differ by more than `tolerance` times the largest value of the layer, naming the first step
/// whose output does, the largest difference and where it lies. An extremum may lie wherever the
/// reference's map holds that value; ties are not compared. As slow as the reference engine, and
/// takes the memory of all its maps.
std::unique_ptr<plan::Engine> make_checking_engine(std::unique_ptr<plan::Engine> tested,
                                                   std::unique_ptr<plan::Engine> reference,
                                                   float tolerance);

/// For an engine of that precision beside one of fp32: ten times and more what whole networks were
/// measured to differ by (docs/gpu.md, "Precision").
float checking_tolerance(const std::string& precision);

}  // namespace rfmap
