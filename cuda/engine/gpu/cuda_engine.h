#pragma once

#include <memory>
#include <string>
#include <vector>

#include "rfmap/devices.h"

#include "plan/engine.h"

namespace rfmap::cuda {

/// One entry per GPU, "cuda:0" and so on; one entry "cuda" with the reason if there is none.
std::vector<DeviceInfo> list_cuda_devices();

/// Precision, batch and free memory of a GPU. Throws as make_cuda_engine.
DeviceChoice choose_cuda_device(int index, const std::string& precision);

/// The engine on a GPU. Throws EngineError if it cannot be used, or not in that precision.
std::unique_ptr<plan::Engine> make_cuda_engine(int index, const plan::EngineOptions& options);

}  // namespace rfmap::cuda
