#include <algorithm>

#include <fmt/format.h>
#include <fmt/ranges.h>

#include "rfmap/error.h"

#include "app/options.h"
#include "app/toml_file.h"

namespace rfmap::app {
namespace {

Texts preset_names() {
  Texts names;
  for (const Preset& p : presets()) names.push_back(p.name);
  return names;
}

const Preset& find_preset(const std::string& name) {
  for (const Preset& p : presets())
    if (p.name == name) return p;
  throw ConfigError(fmt::format("--preset \"{}\": expected one of {}{}", name,
                                fmt::join(preset_names(), ", "),
                                did_you_mean(name, preset_names())));
}

bool any_explicit(const Settings& s) {
  return s.channels || s.mean || s.std || s.scale || s.resize || s.crop;
}

void check_channel_counts(const Preprocessing& p) {
  const std::size_t channels = p.order == ChannelOrder::gray ? 1 : 3;
  for (const auto* values : {&p.mean, &p.std})
    if (values->size() != 1 && values->size() != channels)
      throw ConfigError(
          fmt::format("--{} gives {} values, but the images have {} channel(s); give "
                      "one value, or one a channel",
                      values == &p.mean ? "mean" : "std", values->size(), channels));
}

void require(const std::string& value, const char* option, const char* hint) {
  if (value.empty()) throw ConfigError(fmt::format("option --{} is missing; {}", option, hint));
}

void check_together(const Config& c) {
  require(c.model, "model", "give the network, as in --model net.onnx");
  require(c.images.empty() ? "" : c.images.front(), "images",
          "give a folder, a list or an IDX file, as in --images photos");
  require(c.out, "out", "give the results file, as in --out fields.h5");
  if (c.quiet && c.verbose) throw ConfigError("--quiet and --verbose contradict; give one of them");
}

std::string numbers(const std::vector<double>& values) {
  return fmt::format("{}", fmt::join(values, ","));
}

std::string resize_text(const Preprocessing& p) {
  if (p.resize_warp != Size{}) return fmt::format("{}x{}", p.resize_warp.h, p.resize_warp.w);
  return std::to_string(p.resize_short);
}

}  // namespace

Preprocessing resolve_preprocessing(const Settings& s) {
  if (s.config.preset.empty() && !any_explicit(s))
    throw ConfigError(
        fmt::format("the preprocessing is not known; give --preset ({}), or --mean, --std, "
                    "--scale, --channels, "
                    "--resize and --crop as the network was trained",
                    fmt::join(preset_names(), ", ")));
  Preprocessing p;
  if (!s.config.preset.empty()) p = find_preset(s.config.preset).values;
  if (s.channels) p.order = *s.channels;
  if (s.mean) p.mean = *s.mean;
  if (s.std) p.std = *s.std;
  if (s.scale) p.scale = *s.scale;
  if (s.resize) {
    p.resize_short = s.resize->short_side;
    p.resize_warp = s.resize->warp;
  }
  if (s.crop) p.crop = *s.crop;
  check_channel_counts(p);
  return p;
}

Config resolve(Settings settings, const std::string& command_line) {
  const std::vector<Option> options = estimate_options(settings);
  check_together(settings.config);
  Config config = settings.config;
  config.preprocessing = resolve_preprocessing(settings);
  config.rules.seed = config.seed;
  config.command_line = command_line;
  config.toml = to_toml(options);
  return config;
}

std::string describe_presets() {
  static const char* const kOrder[] = {"bgr", "rgb", "gray"};
  std::string text = "Presets:\n";
  for (const Preset& preset : presets()) {
    const Preprocessing& p = preset.values;
    text += fmt::format("  {:<12} {}\n", preset.name, preset.help);
    text +=
        fmt::format("  {:<12} --channels {} --mean {} --std {} --scale {} --resize {}{}\n", "",
                    kOrder[int(p.order)], numbers(p.mean), numbers(p.std), p.scale, resize_text(p),
                    p.crop == Size{} ? "" : fmt::format(" --crop {}x{}", p.crop.h, p.crop.w));
  }
  return text;
}

}  // namespace rfmap::app
