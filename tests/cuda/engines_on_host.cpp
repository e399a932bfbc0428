#include "rfmap/devices.h"
#include "rfmap/error.h"

#include "cpu/engine.h"
#include "cuda/host_device.h"
#include "engine/engine_on.h"
#include "engines/make_engine.h"

// Replaces src/engines/engines.cpp: `cuda` is the CUDA engine on a host device, with plans for
// everything, so that complete commands run as they would on a GPU, in each precision.
namespace rfmap {
using namespace plan;
using namespace engines;
namespace {

constexpr int kLargestBatch = 32;
constexpr std::size_t kMemory = std::size_t(8) << 30;

std::string precision_of(const std::string& name) { return name == "auto" ? "tf32" : name; }

}  // namespace

std::vector<DeviceInfo> list_devices() { return {{"cuda:0", "a device of the host", ""}}; }

DeviceChoice choose_device(const std::string& device, const std::string& precision) {
  if (device == "cpu") return {"cpu", "fp32", "", 16, std::size_t(1) << 30};
  return {"cuda:0", precision_of(precision), "", kLargestBatch, kMemory / 4};
}

std::unique_ptr<Engine> engines::make_engine(const std::string& device,
                                             const EngineOptions& options) {
  if (device == "cpu") return make_cpu_engine(options);
  cuda::HostDeviceOptions host;
  host.memory = kMemory;
  for (cuda::Precision precision :
       {cuda::Precision::fp32, cuda::Precision::tf32, cuda::Precision::fp16, cuda::Precision::bf16})
    if (cuda::name_of(precision) == precision_of(options.precision))
      return cuda::make_engine_on(std::make_shared<cuda::HostDevice>(host), precision,
                                  "a device of the host, " + cuda::name_of(precision));
  throw ConfigError("--precision " + options.precision + ": unknown");
}

}  // namespace rfmap
