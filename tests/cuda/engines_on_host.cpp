#include <cstdlib>

#include "rfmap/devices.h"
#include "rfmap/error.h"

#include "cpu/engine.h"
#include "cuda/host_device.h"
#include "engine/engine_on.h"
#include "engines/make_engine.h"

// Replaces src/engines/engines.cpp: `cuda` is the CUDA engine on a host device, with plans for
// everything, so that complete commands run as they would on a GPU, in each precision. There are
// RFMAP_HOST_DEVICES of them (1); RFMAP_HOST_LOST=N:L: device N is lost after L launches.
namespace rfmap {
using namespace plan;
using namespace engines;
namespace {

constexpr int kLargestBatch = 32;
constexpr std::size_t kMemory = std::size_t(8) << 30;

std::string precision_of(const std::string& name) { return name == "auto" ? "tf32" : name; }

int number_in(const char* variable, int other) {
  const char* text = std::getenv(variable);
  return text ? std::stoi(text) : other;
}

/// N of cuda:N, 0 of cuda.
int index_of(const std::string& device) {
  const int index = device == "cuda" ? 0 : std::stoi(device.substr(device.find(':') + 1));
  if (index >= number_in("RFMAP_HOST_DEVICES", 1))
    throw EngineError("--device " + device + ": there is no such device of the host");
  return index;
}

int launches_before_loss(int index) {
  const std::string lost = std::getenv("RFMAP_HOST_LOST") ? std::getenv("RFMAP_HOST_LOST") : "";
  const std::size_t colon = lost.find(':');
  if (colon == lost.npos || std::stoi(lost) != index) return -1;
  return std::stoi(lost.substr(colon + 1));
}

}  // namespace

std::vector<DeviceInfo> list_devices() {
  std::vector<DeviceInfo> devices;
  for (int i = 0; i < number_in("RFMAP_HOST_DEVICES", 1); ++i)
    devices.push_back({"cuda:" + std::to_string(i), "a device of the host", ""});
  return devices;
}

DeviceChoice choose_device(const std::string& device, const std::string& precision) {
  if (device == "cpu") return {"cpu", "fp32", "", 16, std::size_t(1) << 30};
  return {"cuda:" + std::to_string(index_of(device)), precision_of(precision), "", kLargestBatch,
          kMemory / 4};
}

std::unique_ptr<Engine> engines::make_engine(const std::string& device,
                                             const EngineOptions& options) {
  if (device == "cpu") return make_cpu_engine(options);
  cuda::HostDeviceOptions host;
  host.memory = kMemory;
  host.fails_after = launches_before_loss(index_of(device));
  for (cuda::Precision precision :
       {cuda::Precision::fp32, cuda::Precision::tf32, cuda::Precision::fp16, cuda::Precision::bf16})
    if (cuda::name_of(precision) == precision_of(options.precision))
      return cuda::make_engine_on(std::make_shared<cuda::HostDevice>(host), precision,
                                  "a device of the host, " + cuda::name_of(precision));
  throw ConfigError("--precision " + options.precision + ": unknown");
}

}  // namespace rfmap
