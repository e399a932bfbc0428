#pragma once

#include <cstddef>
#include <random>
#include <string>

namespace rfmap::ptx {

/// When a stream does its work: as late as allowed, at once, or at random times.
enum class Order { lazy, eager, random };

/// The device that is played, from the environment.
struct Settings {
  Order order = Order::lazy;  ///< RFMAP_PTX_ORDER: lazy, eager, random or random:SEED
  std::mt19937 random{1};
  std::size_t memory = std::size_t(1) << 30;  ///< RFMAP_PTX_MEMORY, bytes
  int devices = 1;                            ///< RFMAP_PTX_DEVICES
  long lost_after = -1;  ///< RFMAP_PTX_LOST_AFTER: kernels and graphs; then the device is lost
  std::string fault;     ///< RFMAP_PTX_FAULT: one planted on purpose
};

Settings& settings();

}  // namespace rfmap::ptx
