#pragma once

#include <memory>
#include <string>
#include <vector>

#include "plan/engine.h"
#include "run/programs.h"
#include "run/run.h"

namespace rfmap::run {

/// The engines that compute a run, one a device; all of one kind and precision.
using Engines = std::vector<plan::Engine*>;

/// What --device and --precision mean here.
struct Devices {
  std::vector<std::unique_ptr<plan::Engine>> owned;
  std::string precision;  ///< never auto
  BatchLimits limits;     ///< that all of them hold

  Engines engines() const;
  std::string name() const { return owned.front()->name(); }
  /// As one alone says of itself; each kind once where they differ.
  std::string description() const;
};

/// Throws ConfigError and EngineError as choose_device() and make_engine(), and where the devices
/// would compute in different precisions.
Devices open_devices(const std::string& device, const std::string& precision, int threads);

/// Hooks for a run that several threads work on: the caller's stop() is asked on this thread only,
/// as it is promised; other threads see what it said last.
Hooks hooks_for_threads(const Hooks& hooks);

}  // namespace rfmap::run
