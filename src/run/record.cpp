#include "run/record.h"

#include <algorithm>

#include <fmt/format.h>

#include "rfmap/error.h"
#include "rfmap/version.h"

#include "core/sha256.h"
#include "core/timestamp.h"
#include "method/declared.h"
#include "method/names.h"
#include "method/preprocessing.h"
#include "method/toml_file.h"
#include "run/patches.h"

namespace rfmap::run {
namespace {

/// Paths with sizes and times of change: cheap, and enough to notice another image set.
std::string hash_images(const Run& run) {
  core::Sha256 hash;
  std::string text;
  FileVersion known;
  for (std::size_t i = 0; i < run.images.size(); ++i) {
    if (const FileVersion version = run.versions[i]; text.empty() || version != known) {
      text = fmt::format(" {} {}\n", version.size, version.changed);
      known = version;
    }
    hash.update(run.images[i].path);
    hash.update(text);
  }
  for (std::int32_t cluster : run.clusters) hash.update(std::to_string(cluster) + "\n");
  return hash.hex();
}

}  // namespace

Outcome outcome_of(const Spooled<std::uint8_t>& status) {
  Outcome outcome;
  outcome.skipped = int(status.size() - status.count(std::uint8_t(ImageStatus::read)));
  outcome.damaged = int(status.count(std::uint8_t(ImageStatus::damaged)));
  if (outcome.skipped > 0) outcome.exit_code = kExitSkippedImages;
  return outcome;
}

Outcome outcome_of(const std::string& results) {
  return outcome_of(ResultsReader(results).run().image_status);
}

void require_same_run(const std::string& results, const Identity& identity) {
  const ResultsReader reader(results);
  const Identity there = from_json(recorded_text(reader.run().attributes, "identity", "{}"));
  require_same(there, identity, "--out " + results + " is of a run",
               "choose another name or add --overwrite");
}

Identity identify(const Run& run, const std::string& engine) {
  Identity identity{
      {"program", std::string("rfmap ") + kVersion},
      {"model", run.model.model_sha256},
      {"weights", run.model.weights_sha256},
      {"images", hash_images(run)},
      {"number of images", std::to_string(run.images.size())},
      {"engine", engine},
      {"preprocessing", method::to_json(run.preprocessing)},
      {"input", fmt::format("{}x{}x{}", run.input().c, run.input().h, run.input().w)}};
  Job job = run;
  for (const method::Option& o : method::recorded_options(job))
    identity.emplace_back("--" + o.name, method::identity_text(o));
  if (run.machine.batch) identity.emplace_back("--batch", std::to_string(*run.machine.batch));
  identity.emplace_back("--strategy", method::name_of(method::kStrategies, run.machine.strategy));
  identity.emplace_back("--precision", run.machine.precision);
  return identity;
}

RunRecord make_record(const Run& run, const ScanResult& scan, const std::string& engine,
                      const Identity& identity) {
  const Shape& input = run.input();
  Job job = run;
  RunRecord record;
  record.attributes = {{"program", "rfmap"},
                       {"version", kVersion},
                       {"created", core::timestamp()},
                       {"command_line", run.output.command_line},
                       {"config", method::to_toml(method::job_options(job))},
                       {"model", run.inputs.model},
                       {"weights", run.inputs.weights},
                       {"model_sha256", run.model.model_sha256},
                       {"weights_sha256", run.model.weights_sha256},
                       {"input_shape", std::vector<std::int64_t>{input.c, input.h, input.w}},
                       {"preprocessing", method::to_json(run.preprocessing)},
                       {"device", engine},
                       {"precision", run.machine.precision},
                       {"strategy", method::name_of(method::kStrategies, run.machine.strategy)},
                       {"bootstrap_resamples", std::int64_t(run.method.rules.resamples)},
                       {"recentre_rounded", std::int64_t(rounds_ties(run.method.rules))},
                       {"fingerprint", fingerprint_of(identity)},
                       {"identity", json_of(identity)}};
  for (const method::Option& o : method::recorded_options(job))
    record.attributes.emplace_back(o.name, method::attribute_of(o));
  record.occluder = run.method.occluder;
  record.patch_channels = input.c;
  if (run.method.fill == Fill::noise) record.patches = noise_patches(run);
  record.images = run.images;
  record.image_clusters = run.clusters;
  record.image_sizes = scan.sizes;
  record.image_status = scan.status;
  for (const MeasuredLayer& layer : run.layers) record.layers.push_back(layer.name);
  record.grid = run.grid;
  record.with_gradient = run.method.with_gradient;
  record.keep_maps = run.method.keep_maps;
  return record;
}

RunRecord record_with_rules(const ResultsReader& in, AggregateRules rules) {
  RunRecord record = in.run();
  record.patches = in.patches();
  Attributes& attributes = record.attributes;
  std::erase_if(attributes, [](const auto& entry) {
    return entry.first == "format" || entry.first == "finished" || entry.first == "aggregated_by";
  });
  const bool identified = find_attribute(attributes, "identity") != nullptr;
  Identity identity = from_json(recorded_text(attributes, "identity", "{}"));
  std::string text = std::string("rfmap ") + kVersion + " aggregate";
  for (const method::Option& o : method::rule_options(rules)) {
    set_attribute(attributes, o.name, method::attribute_of(o));
    text += " --" + o.name + " " + method::identity_text(o);
    for (auto& [name, value] : identity)
      if (name == "--" + o.name) value = method::identity_text(o);
  }
  if (identified) {
    set_attribute(attributes, "identity", json_of(identity));
    set_attribute(attributes, "fingerprint", fingerprint_of(identity));
  }
  set_attribute(attributes, "recentre_rounded", std::int64_t(rounds_ties(rules)));
  attributes.emplace_back("aggregated_by", text);
  return record;
}

}  // namespace rfmap::run
