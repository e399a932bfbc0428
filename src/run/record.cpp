#include "run/record.h"

#include <algorithm>
#include <ctime>
#include <filesystem>

#include <fmt/chrono.h>
#include <fmt/format.h>
#include <nlohmann/json.hpp>

#include "rfmap/choices.h"
#include "rfmap/error.h"
#include "rfmap/sha256.h"
#include "rfmap/version.h"

#include "run/patches.h"

namespace rfmap {
namespace {

namespace fs = std::filesystem;

/// Paths with sizes and times of change: cheap, and enough to notice another image set.
std::string hash_images(const Setup& setup) {
  std::string text;
  for (const ImageRef& image : setup.images) {
    const fs::path file = image.path.substr(0, image.path.rfind('#'));
    const fs::path path = fs::exists(image.path) ? fs::path(image.path) : file;
    std::error_code error;
    text += fmt::format("{} {} {}\n", image.path, fs::file_size(path, error),
                        fs::last_write_time(path, error).time_since_epoch().count());
  }
  for (std::int32_t cluster : setup.clusters) text += std::to_string(cluster) + "\n";
  return sha256_hex(text);
}

std::string preprocessing_json(const Preprocessing& p) {
  nlohmann::ordered_json json{{"mean", p.mean},
                              {"std", p.std},
                              {"scale", p.scale},
                              {"channels", name_of(kChannelOrders, p.order)},
                              {"crop", {p.crop.h, p.crop.w}}};
  if (p.resize_short > 0)
    json["resize"] = p.resize_short;
  else
    json["resize"] = {p.resize_warp.h, p.resize_warp.w};
  if (p.crop_half_to_even) json["crop_offset"] = "half to even";
  json["value"] = "(pixel - mean) * scale / std";
  return json.dump();
}

std::string to_json(const Identity& identity) {
  auto json = nlohmann::ordered_json::object();
  for (const auto& [name, value] : identity) json[name] = value;
  return json.dump();
}

}  // namespace

void require_same_run(const std::string& results, const Identity& identity) {
  const ResultsReader reader(results);
  const Attribute* stored = find_attribute(reader.run().attributes, "identity");
  const auto* text = stored ? std::get_if<std::string>(stored) : nullptr;
  const Identity there = from_json(text ? *text : "{}");
  if (there == identity) return;
  throw ConfigError("--out " + results + " is of a run that differs in " +
                    first_difference(there, identity) + "; choose another name or add --overwrite");
}

std::string timestamp() {
  return fmt::format("{:%Y-%m-%dT%H:%M:%SZ}", fmt::gmtime(std::time(nullptr)));
}

Identity identify(const Setup& setup, const Config& config, const std::string& engine) {
  Identity identity{
      {"program", std::string("rfmap ") + kVersion},
      {"model", setup.model.model_sha256},
      {"weights", setup.model.weights_sha256},
      {"images", hash_images(setup)},
      {"number of images", std::to_string(setup.images.size())},
      {"engine", engine},
      {"preprocessing", preprocessing_json(setup.preprocessing)},
      {"input", fmt::format("{}x{}x{}", setup.input().c, setup.input().h, setup.input().w)}};
  for (const MethodChoice& c : method_choices(config)) identity.emplace_back("--" + c.name, c.text);
  if (config.batch > 0) identity.emplace_back("--batch", std::to_string(config.batch));
  identity.emplace_back("--strategy", name_of(kStrategies, config.strategy));
  identity.emplace_back("--precision", config.precision);
  return identity;
}

RunRecord make_record(const Setup& setup, const Config& config, const ScanResult& scan,
                      const std::string& engine, const Identity& identity) {
  const Shape& input = setup.input();
  RunRecord run;
  run.attributes = {{"program", "rfmap"},
                    {"version", kVersion},
                    {"created", timestamp()},
                    {"command_line", config.command_line},
                    {"config", config.toml},
                    {"model", config.model},
                    {"weights", config.weights},
                    {"model_sha256", setup.model.model_sha256},
                    {"weights_sha256", setup.model.weights_sha256},
                    {"input_shape", std::vector<std::int64_t>{input.c, input.h, input.w}},
                    {"preprocessing", preprocessing_json(setup.preprocessing)},
                    {"device", engine},
                    {"precision", config.precision},
                    {"strategy", name_of(kStrategies, config.strategy)},
                    {"bootstrap_resamples", std::int64_t(config.rules.resamples)},
                    {"recentre_rounded", std::int64_t(rounds_ties(config.rules))},
                    {"fingerprint", fingerprint_of(identity)},
                    {"identity", to_json(identity)}};
  for (const MethodChoice& c : method_choices(config))
    run.attributes.emplace_back(c.name, c.attribute);
  run.occluder = config.occluder;
  run.patch_channels = input.c;
  if (config.fill == Fill::noise) run.patches = noise_patches(setup, config.seed);
  run.images = setup.images;
  run.image_clusters = setup.clusters;
  run.image_sizes = scan.sizes;
  run.image_status = scan.status;
  for (const MeasuredLayer& layer : setup.layers) run.layers.push_back(layer.name);
  run.grid = setup.grid;
  run.with_gradient = config.with_gradient;
  return run;
}

}  // namespace rfmap
