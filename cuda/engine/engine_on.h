#pragma once

#include <memory>
#include <string>

#include "engine/device.h"
#include "plan/engine.h"

namespace rfmap::cuda {

/// The engine `cuda` on an existing device. The description is the line stored in the results.
std::unique_ptr<plan::Engine> make_engine_on(std::shared_ptr<Device> device, Precision precision,
                                             const std::string& description);

}  // namespace rfmap::cuda
