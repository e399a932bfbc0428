#include "run/devices.h"

#include <algorithm>
#include <atomic>
#include <thread>

#include "rfmap/devices.h"
#include "rfmap/error.h"

#include "core/log.h"
#include "engines/device_list.h"
#include "engines/make_engine.h"

namespace rfmap::run {
using namespace plan;
using namespace engines;

Engines Devices::engines() const {
  Engines all;
  for (const auto& engine : owned) all.push_back(engine.get());
  return all;
}

std::string Devices::description() const {
  std::vector<std::string> kinds;
  for (const auto& engine : owned)
    if (std::ranges::count(kinds, engine->description()) == 0)
      kinds.push_back(engine->description());
  std::string line = kinds.front();
  for (std::size_t i = 1; i < kinds.size(); ++i) line += "; " + kinds[i];
  return line;
}

Devices open_devices(const std::string& device, const std::string& precision, int threads) {
  Devices devices;
  for (const std::string& name : listed_devices(device)) {
    const DeviceChoice choice = choose_device(name, precision);
    if (!choice.note.empty()) log::info("--device auto: {}", choice.note);
    BatchLimits& limits = devices.limits;
    if (devices.owned.empty()) {
      devices.precision = choice.precision;
      limits = {choice.largest_batch, choice.memory};
    }
    if (choice.precision != devices.precision)
      throw ConfigError("--device " + device + ": " + choice.device + " would compute in " +
                        choice.precision + ", the one before in " + devices.precision +
                        "; give --precision");
    limits = {std::min(limits.samples, choice.largest_batch),
              std::min(limits.bytes, choice.memory)};
    devices.owned.push_back(make_engine(choice.device, {threads, choice.precision}));
  }
  if (devices.owned.size() > 1)
    log::info("{} devices share the work: {}", devices.owned.size(), devices.description());
  return devices;
}

Hooks hooks_for_threads(const Hooks& hooks) {
  if (!hooks.stop) return hooks;
  Hooks own = hooks;
  own.stop = [stop = hooks.stop, owner = std::this_thread::get_id(),
              asked = std::make_shared<std::atomic<bool>>(false)] {
    if (std::this_thread::get_id() == owner && stop()) *asked = true;
    return asked->load();
  };
  return own;
}

}  // namespace rfmap::run
