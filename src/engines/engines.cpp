#include <charconv>
#include <optional>

#include "rfmap/devices.h"
#include "rfmap/error.h"

#include "checking/engine.h"
#include "cpu/engine.h"
#include "engines/make_engine.h"
#include "reference/engine.h"

#ifdef RFMAP_HAS_CUDA
#include "engine/gpu/cuda_engine.h"
#endif

// The only file that knows all engines.
namespace rfmap {
using namespace plan;
using namespace engines;
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

/// N of cuda:N, 0 of cuda.
std::optional<int> cuda_index(const std::string& device) {
  if (device == "cuda") return 0;
  if (device.rfind("cuda:", 0) != 0) return std::nullopt;
  int index = 0;
  const char* end = device.data() + device.size();
  const auto read = std::from_chars(device.data() + 5, end, index);
  const bool is_index = read.ec == std::errc() && read.ptr == end && index >= 0;
  return is_index ? std::optional(index) : std::nullopt;
}

/// Why `auto` does not use the first GPU; empty if it does.
std::string why_not_cuda() {
  const DeviceInfo first = list_cuda_devices().front();
  return first.reason.empty() ? "" : first.reason + "; the CPU computes";
}

constexpr int kLargestCpuBatch = 16;  // larger ones are no faster on a CPU (docs/benchmarks.md)
constexpr std::size_t kCpuMemory = std::size_t(1) << 30;

constexpr const char* kCheckDescription =
    "the engine of auto (or check:cpu, check:cuda), every reply compared with reference's; slow";

/// The device that `check` or `check:DEVICE` compares with the reference; nothing for others.
std::optional<std::string> checked_device(const std::string& device) {
  if (device == "check") return "auto";
  if (device.rfind("check:", 0) != 0) return std::nullopt;
  return device.substr(6);
}

void require_fp32(const std::string& device, const std::string& precision) {
  if (precision != "auto" && precision != "fp32")
    throw ConfigError("--precision " + precision + ": --device " + device +
                      " computes in fp32; omit --precision, or use --device cuda");
}

DeviceChoice choose_one(const std::string& device, const std::string& precision) {
  if (const auto index = cuda_index(device)) return choose_cuda_device(*index, precision);
  DeviceChoice choice{device, "fp32", "", kLargestCpuBatch, kCpuMemory};
  if (device == "auto") {
    const std::string why = why_not_cuda();
    if (why.empty()) return choose_cuda_device(0, precision);
    if (kHasCuda) choice.note = why;
    choice.device = "cpu";
  } else if (device != "cpu" && device != "reference") {
    throw ConfigError(
        "--device " + device +
        ": unknown; use auto, cpu, cuda, cuda:N, cuda:0,1 (several), cuda:all, reference or check");
  }
  require_fp32(choice.device, precision);
  return choice;
}

/// `device` as choose_one gives it.
std::unique_ptr<Engine> make_one(const std::string& device, const EngineOptions& options) {
  if (device == "cpu") return make_cpu_engine(options);
  if (device == "reference") return make_reference_engine();
  return make_cuda_engine(cuda_index(device).value(), options);
}

}  // namespace

std::vector<DeviceInfo> list_devices() {
  std::vector<DeviceInfo> devices{describe("cpu"), describe("reference")};
  for (DeviceInfo& device : list_cuda_devices()) devices.push_back(std::move(device));
  devices.push_back({"check", kCheckDescription, ""});
  return devices;
}

DeviceChoice choose_device(const std::string& device, const std::string& precision) {
  const auto checked = checked_device(device);
  if (!checked) return choose_one(device, precision);
  DeviceChoice choice = choose_one(*checked, precision);
  choice.device = "check:" + choice.device;
  choice.largest_batch = kLargestCpuBatch;  // the reference takes the time
  return choice;
}

std::unique_ptr<Engine> engines::make_engine(const std::string& device,
                                             const EngineOptions& options) {
  const DeviceChoice choice = choose_device(device, options.precision);
  const auto checked = checked_device(choice.device);
  if (!checked) return make_one(choice.device, options);
  return make_checking_engine(make_one(*checked, options), make_reference_engine(),
                              checking_tolerance(choice.precision));
}

}  // namespace rfmap
