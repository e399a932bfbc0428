#pragma once

#include <memory>
#include <string>

#include "plan/engine.h"

namespace rfmap::engines {

/// Makes an engine by device name: auto, cpu, reference, cuda, cuda:N; check:DEVICE compares each
/// reply of DEVICE with reference's, check those of auto.
/// Throws ConfigError for an unknown name, EngineError for one that cannot be used here.
std::unique_ptr<plan::Engine> make_engine(const std::string& device,
                                          const plan::EngineOptions& options);

}  // namespace rfmap::engines
