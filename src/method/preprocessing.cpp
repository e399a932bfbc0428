#include "method/preprocessing.h"

#include <algorithm>
#include <exception>

#include <fmt/format.h>
#include <fmt/ranges.h>
#include <nlohmann/json.hpp>

#include "rfmap/error.h"

#include "method/codecs.h"

namespace rfmap::method {
namespace {

Texts preset_names() {
  Texts names;
  for (const Preset& p : presets()) names.push_back(p.name);
  return names;
}

const Preset& find_preset(const std::string& name) {
  return presets()[index_of("--preset", {name}, preset_names())];
}

bool any_explicit(const PreprocessingChoice& c) {
  return c.channels || c.mean || c.std || c.scale || c.resize || c.crop;
}

void check_channel_counts(const Preprocessing& p) {
  const std::size_t channels = p.order == ChannelOrder::gray ? 1 : 3;
  for (const auto* values : {&p.mean, &p.std})
    if (values->size() != 1 && values->size() != channels)
      throw ConfigError(
          fmt::format("--{} gives {} values, but the images have {} channel(s); give "
                      "one value, or one per channel",
                      values == &p.mean ? "mean" : "std", values->size(), channels));
}

std::string numbers(const std::vector<double>& values) {
  return fmt::format("{}", fmt::join(values, ","));
}

/// True where all values are in 0..1, and not all of them 0.
bool parts_of_one(const std::vector<double>& values, bool with_one) {
  const auto fits = [&](double v) { return v >= 0 && (with_one ? v <= 1 : v < 1); };
  const auto above = [](double v) { return v > 0; };
  return std::ranges::all_of(values, fits) && std::ranges::any_of(values, above);
}

std::string option_text(const char* name, std::vector<double> values, double factor) {
  for (double& v : values) v *= factor;
  return fmt::format("--{} {:.6g}", name, fmt::join(values, ","));
}

std::string text_of(const Resize& r) { return to_text(*ResizeCodec{}.value(r)); }

}  // namespace

Preprocessing resolve(const PreprocessingChoice& c) {
  if (c.preset.empty() && !any_explicit(c))
    throw ConfigError(
        fmt::format("the preprocessing is not known; give --preset ({}), or --mean, --std, "
                    "--scale, --channels, --resize and --crop as the network was trained",
                    fmt::join(preset_names(), ", ")));
  Preprocessing p;
  if (!c.preset.empty()) p = find_preset(c.preset).values;
  if (c.channels) p.order = *c.channels;
  if (c.mean) p.mean = *c.mean;
  if (c.std) p.std = *c.std;
  if (c.scale) p.scale = *c.scale;
  if (c.resize) p.resize = *c.resize;
  if (c.crop) p.crop = *c.crop;
  check_channel_counts(p);
  return p;
}

std::string doubt_of(const Preprocessing& p) {
  const bool small_mean = parts_of_one(p.mean, true);
  const bool small_std = parts_of_one(p.std, small_mean && p.scale == 1);
  Texts given, wanted;
  const auto add = [&](const char* name, const std::vector<double>& values) {
    given.push_back(option_text(name, values, 1));
    wanted.push_back(option_text(name, values, 255));
  };
  if (small_mean) add("mean", p.mean);
  if (small_std) add("std", p.std);
  if (small_std && p.scale != 1) wanted.push_back("--scale 1");
  if (!given.empty())
    return fmt::format("{}: pixels, means and deviations are in 0..255; for values in 0..1 give {}",
                       fmt::join(given, " "), fmt::join(wanted, " "));
  const bool divides = std::ranges::any_of(p.std, [](double v) { return v != 1; });
  if (p.scale == 1 || !divides) return "";
  return fmt::format(
      "{} and {} both apply, as (pixel - mean) * scale / std; most networks were trained with only "
      "one of them",
      option_text("scale", {p.scale}, 1), option_text("std", p.std, 1));
}

std::string describe_presets() {
  std::string text = "Presets:\n";
  for (const Preset& preset : presets()) {
    const Preprocessing& p = preset.values;
    text += fmt::format("  {:<12} {}\n", preset.name, preset.help);
    text += fmt::format("  {:<12} --channels {} --mean {} --std {} --scale {} --resize {}{}\n", "",
                        name_of(kChannelOrders, p.order), numbers(p.mean), numbers(p.std), p.scale,
                        text_of(p.resize),
                        p.crop == Size{} ? "" : fmt::format(" --crop {}x{}", p.crop.h, p.crop.w));
    if (p.crop_half_to_even)
      text += fmt::format("  {:<12} a crop that begins between two pixels: at the even one\n", "");
  }
  return text;
}

std::string to_json(const Preprocessing& p) {
  nlohmann::ordered_json json{{"mean", p.mean},
                              {"std", p.std},
                              {"scale", p.scale},
                              {"channels", name_of(kChannelOrders, p.order)},
                              {"crop", {p.crop.h, p.crop.w}}};
  if (p.resize.short_side > 0)
    json["resize"] = p.resize.short_side;
  else
    json["resize"] = {p.resize.warp.h, p.resize.warp.w};
  if (p.crop_half_to_even) json["crop_offset"] = "half to even";
  json["value"] = "(pixel - mean) * scale / std";
  return json.dump();
}

Preprocessing preprocessing_from_json(const std::string& text) {
  const auto sides = [](const nlohmann::json& j) {
    return Size{j.at(0).get<int>(), j.at(1).get<int>()};
  };
  try {
    const auto json = nlohmann::json::parse(text);
    Preprocessing p;
    p.mean = json.at("mean").get<std::vector<double>>();
    p.std = json.at("std").get<std::vector<double>>();
    p.scale = json.at("scale").get<double>();
    p.order = choice(kChannelOrders).parse("channels", {json.at("channels").get<std::string>()});
    p.crop_half_to_even = json.contains("crop_offset");
    p.crop = sides(json.at("crop"));
    const auto& resize = json.at("resize");
    p.resize = resize.is_number() ? Resize{resize.get<int>(), {}} : Resize{0, sides(resize)};
    return p;
  } catch (const std::exception&) {
    throw DataError(
        "the results' attribute preprocessing cannot be understood, so no image can be shown as "
        "the network saw it; rfmap check says more of the file");
  }
}

}  // namespace rfmap::method
