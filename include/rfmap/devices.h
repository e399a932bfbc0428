#pragma once

#include <cstddef>
#include <string>
#include <vector>

namespace rfmap {

/// Why a device cannot be used is in `reason`; empty when it can.
struct DeviceInfo {
  std::string name;  ///< "cpu", "reference", "cuda:0", "check"
  std::string description;
  std::string reason;
};
std::vector<DeviceInfo> list_devices();

/// What --device and --precision mean on this machine.
struct DeviceChoice {
  std::string device;      ///< never auto: cpu, reference, cuda:N, check:cpu
  std::string precision;   ///< never auto
  std::string note;        ///< with auto: why it is not a GPU, else empty
  int largest_batch = 0;   ///< a larger batch is no faster
  std::size_t memory = 0;  ///< bytes that the values of a batch may take
};

/// For one device. Throws ConfigError for an unknown name or a precision that the device does not
/// have, EngineError for a device that cannot be used here.
DeviceChoice choose_device(const std::string& device, const std::string& precision);

}  // namespace rfmap
