#include "engines/device_list.h"

#include <algorithm>

#include "rfmap/devices.h"
#include "rfmap/error.h"

namespace rfmap::engines {
namespace {

constexpr const char* kCheck = "check:";
constexpr const char* kCuda = "cuda:";

std::vector<std::string> usable_gpus() {
  std::vector<std::string> gpus;
  std::string reason = "no NVIDIA GPU";
  for (const DeviceInfo& info : list_devices()) {
    if (!info.name.starts_with("cuda")) continue;
    if (info.reason.empty())
      gpus.push_back(info.name);
    else
      reason = info.reason;
  }
  if (gpus.empty()) throw EngineError("--device cuda:all: " + reason + "; use --device cpu");
  return gpus;
}

}  // namespace

std::vector<std::string> listed_devices(const std::string& device) {
  if (device.starts_with(kCheck)) {
    std::vector<std::string> devices = listed_devices(device.substr(std::string(kCheck).size()));
    for (std::string& name : devices) name.insert(0, kCheck);
    return devices;
  }
  if (device == "cuda:all") return usable_gpus();
  if (!device.starts_with(kCuda) || device.find(',') == device.npos) return {device};
  std::vector<std::string> devices;
  for (std::size_t at = std::string(kCuda).size(); at <= device.size();) {
    const std::size_t end = std::min(device.find(',', at), device.size());
    devices.push_back(kCuda + device.substr(at, end - at));
    if (std::ranges::count(devices, devices.back()) > 1)
      throw ConfigError("--device " + device + ": " + devices.back() + " is named twice");
    at = end + 1;
  }
  return devices;
}

}  // namespace rfmap::engines
