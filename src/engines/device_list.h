#pragma once

#include <string>
#include <vector>

namespace rfmap::engines {

/// The devices that --device names: several for cuda:0,1 (those GPUs) and cuda:all (all that can be
/// used), "check:" in front of each if it was in front of the list; else the one it names, as it
/// is. Throws ConfigError where a GPU is named twice, EngineError where cuda:all finds none.
std::vector<std::string> listed_devices(const std::string& device);

}  // namespace rfmap::engines
