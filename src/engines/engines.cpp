#include <charconv>

#include "rfmap/devices.h"
#include "rfmap/engine.h"
#include "rfmap/error.h"

#include "cpu/engine.h"
#include "reference/engine.h"

#ifdef RFMAP_HAS_CUDA
#include "engine/gpu/cuda_engine.h"
#endif

// The only file that knows all engines.
namespace rfmap {
namespace {

DeviceInfo describe(const std::string& device) {
  try {
    return {device, make_engine(device, {})->description(), ""};
  } catch (const Error& error) {
    return {device, "", error.what()};
  }
}

#ifdef RFMAP_HAS_CUDA
constexpr bool kHasCuda = true;
using cuda::choose_cuda_device;
using cuda::list_cuda_devices;
using cuda::make_cuda_engine;
#else
constexpr bool kHasCuda = false;
constexpr const char* kWithoutCuda = "this rfmap was built without CUDA";
std::vector<DeviceInfo> list_cuda_devices() { return {{"cuda", "", kWithoutCuda}}; }
[[noreturn]] void refuse_cuda() {
  throw EngineError(std::string("--device cuda: ") + kWithoutCuda + "; use cpu");
}
std::unique_ptr<Engine> make_cuda_engine(int, const EngineOptions&) { refuse_cuda(); }
DeviceChoice choose_cuda_device(int, const std::string&) { refuse_cuda(); }
#endif

/// N of cuda:N, 0 of cuda, -1 of anything else.
int cuda_index(const std::string& device) {
  if (device == "cuda") return 0;
  if (device.rfind("cuda:", 0) != 0) return -1;
  int index = -1;
  const char* end = device.data() + device.size();
  const auto read = std::from_chars(device.data() + 5, end, index);
  return read.ec == std::errc() && read.ptr == end ? index : -1;
}

/// Why `auto` does not use the first GPU; empty if it does.
std::string why_not_cuda() {
  const DeviceInfo first = list_cuda_devices().front();
  return first.reason.empty() ? "" : first.reason + "; the CPU computes";
}

constexpr int kLargestCpuBatch = 16;  // larger ones are no faster on a CPU (docs/benchmarks.md)
constexpr std::size_t kCpuMemory = std::size_t(1) << 30;

void require_fp32(const std::string& device, const std::string& precision) {
  if (precision != "auto" && precision != "fp32")
    throw ConfigError("--precision " + precision + ": --device " + device +
                      " computes in fp32; omit --precision, or use --device cuda");
}

}  // namespace

std::vector<DeviceInfo> list_devices() {
  std::vector<DeviceInfo> devices{describe("cpu"), describe("reference")};
  for (DeviceInfo& device : list_cuda_devices()) devices.push_back(std::move(device));
  return devices;
}

DeviceChoice choose_device(const std::string& device, const std::string& precision) {
  if (const int index = cuda_index(device); index >= 0) return choose_cuda_device(index, precision);
  DeviceChoice choice{device, "fp32", "", kLargestCpuBatch, kCpuMemory};
  if (device == "auto") {
    const std::string why = why_not_cuda();
    if (why.empty()) return choose_cuda_device(0, precision);
    if (kHasCuda) choice.note = why;
    choice.device = "cpu";
  } else if (device != "cpu" && device != "reference") {
    throw ConfigError("--device " + device + ": unknown; use auto, cpu, cuda, cuda:N or reference");
  }
  require_fp32(choice.device, precision);
  return choice;
}

std::unique_ptr<Engine> make_engine(const std::string& device, const EngineOptions& options) {
  const DeviceChoice choice = choose_device(device, options.precision);
  if (choice.device == "cpu") return make_cpu_engine(options);
  if (choice.device == "reference") return make_reference_engine();
  return make_cuda_engine(cuda_index(choice.device), options);
}

}  // namespace rfmap
