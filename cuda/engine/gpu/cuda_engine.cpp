#include "engine/gpu/cuda_engine.h"

#include "rfmap/error.h"

#include "engine/engine_on.h"
#include "engine/gpu/gpu_device.h"
#include "engine/gpu/runtime.h"

namespace rfmap::cuda {
using namespace plan;
namespace {

constexpr int kOldest = 75;  // compute capability of the oldest GPU that is compiled for
constexpr int kLargestBatch = 512;
constexpr int kAmpere = 80;  // the first with TF32 and bf16

/// Why there is no GPU at all; sets `count`. Any failure counts: without a driver it is
/// "insufficient driver", not "no device".
std::string count_devices(int& count) {
  const cudaError_t error = cudaGetDeviceCount(&count);
  if (error == cudaSuccess && count > 0) return "";
  cudaGetLastError();
  count = 0;
  return error == cudaSuccess
             ? "no NVIDIA GPU"
             : std::string("no NVIDIA GPU or no driver for it (") + cudaGetErrorString(error) + ")";
}

int capability(const cudaDeviceProp& p) { return p.major * 10 + p.minor; }

std::string version_text(int version) {
  return std::to_string(version / 1000) + "." + std::to_string(version / 10 % 100);
}

std::string describe(const cudaDeviceProp& p) {
  int driver = 0;
  cudaDriverGetVersion(&driver);
  return std::string(p.name) + ", " + std::to_string(p.multiProcessorCount) + " multiprocessors, " +
         std::to_string(p.totalGlobalMem >> 20) + " MiB, CUDA " + version_text(CUDART_VERSION) +
         " (driver " + version_text(driver) + "), cuDNN " + cudnn_version();
}

/// With `reason` where the device cannot be used.
DeviceInfo look_at(int index) {
  DeviceInfo info{"cuda:" + std::to_string(index), "", ""};
  cudaDeviceProp properties{};
  if (const cudaError_t error = cudaGetDeviceProperties(&properties, index); error != cudaSuccess) {
    cudaGetLastError();
    info.reason = cudaGetErrorString(error);
  } else if (capability(properties) < kOldest) {
    info.reason = std::string(properties.name) + " is too old (compute capability below 7.5)";
  } else if (const std::string missing = load_cudnn(); !missing.empty()) {
    info.reason = "cuDNN 9 cannot be loaded (" + missing +
                  "); install it, or put its folder into LD_LIBRARY_PATH";
  } else {
    info.description = describe(properties);
  }
  return info;
}

Precision precision_for(const std::string& name, const std::string& device,
                        const cudaDeviceProp& p) {
  const bool modern = capability(p) >= kAmpere;
  if (name == "auto") return modern ? Precision::tf32 : Precision::fp32;
  for (Precision precision : {Precision::fp32, Precision::tf32, Precision::fp16, Precision::bf16}) {
    if (name_of(precision) != name) continue;
    if (!modern && (precision == Precision::tf32 || precision == Precision::bf16))
      throw EngineError("--precision " + name + ": " + device + " (" + p.name +
                        ") does not have it; use fp32 or fp16");
    return precision;
  }
  throw ConfigError("--precision " + name + ": unknown; use auto, fp32, tf32, fp16 or bf16");
}

/// Its name; throws EngineError where it cannot be used.
std::string require_device(int index) {
  const std::string device = "cuda:" + std::to_string(index);
  int count = 0;
  if (const std::string reason = count_devices(count); !reason.empty())
    throw EngineError("--device cuda: " + reason + "; use --device cpu");
  if (index >= count)
    throw EngineError("--device " + device + ": there are " + std::to_string(count) +
                      " GPUs here, counted from 0");
  const DeviceInfo info = look_at(index);
  if (!info.reason.empty()) throw EngineError("--device " + device + ": " + info.reason);
  return device;
}

}  // namespace

std::vector<DeviceInfo> list_cuda_devices() {
  int count = 0;
  if (const std::string reason = count_devices(count); !reason.empty())
    return {{"cuda", "", reason}};
  std::vector<DeviceInfo> devices;
  for (int i = 0; i < count; ++i) devices.push_back(look_at(i));
  return devices;
}

DeviceChoice choose_cuda_device(int index, const std::string& precision) {
  const std::string device = require_device(index);
  try {
    cudaDeviceProp properties{};
    std::size_t free = 0, total = 0;
    check(cudaGetDeviceProperties(&properties, index));
    check(cudaSetDevice(index));
    check(cudaMemGetInfo(&free, &total));
    // Weights, plans' scratch memory, their trial and the windows take the rest.
    return {device, name_of(precision_for(precision, device, properties)), "", kLargestBatch,
            free / 4};
  } catch (const DeviceFault& fault) {
    throw EngineError("--device " + device + ": " + fault.what());
  }
}

std::unique_ptr<Engine> make_cuda_engine(int index, const EngineOptions& options) {
  const std::string device = require_device(index);
  try {
    cudaDeviceProp properties{};
    check(cudaGetDeviceProperties(&properties, index));
    const Precision precision = precision_for(options.precision, device, properties);
    return make_engine_on(std::make_shared<GpuDevice>(index), precision,
                          describe(properties) + ", " + name_of(precision));
  } catch (const DeviceFault& fault) {
    throw EngineError("--device " + device + ": " + fault.what());
  }
}

}  // namespace rfmap::cuda
