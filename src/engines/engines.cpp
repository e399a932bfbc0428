#include "rfmap/engine.h"
#include "rfmap/error.h"

#include "cpu/engine.h"
#include "reference/engine.h"

// The one file that knows all engines.
namespace rfmap {
namespace {

DeviceInfo describe(const std::string& device) {
  try {
    return {device, make_engine(device, {})->description(), ""};
  } catch (const Error& error) {
    return {device, "", error.what()};
  }
}

bool is_cuda(const std::string& device) {
  return device == "cuda" || device.rfind("cuda:", 0) == 0;
}

}  // namespace

std::vector<DeviceInfo> list_devices() {
  return {describe("cpu"), describe("reference"), describe("cuda")};
}

std::unique_ptr<Engine> make_engine(const std::string& device, const EngineOptions& options) {
  if (device == "auto" || device == "cpu") return make_cpu_engine(options);
  if (device == "reference") return make_reference_engine();
  if (is_cuda(device))
    throw EngineError("--device " + device + ": this rfmap was built without CUDA; use cpu");
  throw ConfigError("--device " + device + ": unknown; use auto, cpu or reference");
}

}  // namespace rfmap
