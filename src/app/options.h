#pragma once

#include <optional>
#include <string>
#include <vector>

#include "rfmap/config.h"

#include "app/codecs.h"
#include "app/option.h"

namespace rfmap::app {

/// Everything that `rfmap estimate` was told, before presets are resolved.
struct Settings {
  Config config;
  std::optional<ChannelOrder> channels;
  std::optional<std::vector<double>> mean, std;
  std::optional<double> scale;
  std::optional<Resize> resize;
  std::optional<Size> crop;
  std::string config_file;
  bool print_config = false;
};

/// The options of `rfmap estimate`, in the order of --help; they live in `settings`.
std::vector<Option> estimate_options(Settings& settings);

/// Preset overridden by the explicit options. Throws ConfigError: neither given, unknown preset,
/// as many means or deviations as no image has channels.
Preprocessing resolve_preprocessing(const Settings& settings);

/// The run's configuration: checks what belongs together and is needed, resolves the preset, fills
/// in `toml`. Throws ConfigError.
Config resolve(Settings settings, const std::string& command_line);

/// The presets with their values, for --help.
std::string describe_presets();

}  // namespace rfmap::app
