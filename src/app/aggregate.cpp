#include <algorithm>

#include <fmt/format.h>
#include <nlohmann/json.hpp>

#include "rfmap/again.h"
#include "rfmap/error.h"
#include "rfmap/version.h"

#include "app/commands.h"
#include "app/logging.h"
#include "app/options.h"
#include "app/output_check.h"
#include "app/signals.h"
#include "app/summary_text.h"
#include "app/text_output.h"
#include "app/toml_file.h"
#include "run/folder.h"
#include "run/record.h"

namespace rfmap::app {
namespace {

constexpr const char* kRules = "Fields and sizes";  // the group of estimate's rule options

struct AggregateSettings {
  Settings shared;
  std::string results;
};

std::vector<Option> aggregate_options(AggregateSettings& s) {
  const Texts names{"overwrite", "threads", "quiet", "verbose"};
  std::vector<Option> all{
      positional(option("RESULTS", s.results, Text{"FILE.h5"},
                        "results file of rfmap estimate --keep-maps")),
      option("out", s.shared.config.out, Text{"FILE.h5"}, "results file to write")};
  for (Option& o : estimate_options(s.shared)) {
    const bool rule = o.group == kRules;
    if (!rule && std::ranges::find(names, o.name) == names.end()) continue;
    if (rule) o.help += " (default: as in the file)";
    all.push_back(std::move(o));
  }
  return all;
}

std::string attribute_text(const Attribute& value) {
  if (const auto* text = std::get_if<std::string>(&value)) return *text;
  if (const auto* real = std::get_if<double>(&value)) return fmt::format("{}", *real);
  if (const auto* whole = std::get_if<std::int64_t>(&value)) return std::to_string(*whole);
  return "";
}

/// The rules of the run come first, so that what was typed changes them.
void take_rules(const Attributes& stored, const std::vector<Option>& options) {
  for (const Option& o : options)
    if (const Attribute* value = o.group == kRules ? find_attribute(stored, o.name) : nullptr)
      o.set({attribute_text(*value)});
}

void replace(Attributes& attributes, const std::string& name, const Attribute& value) {
  for (auto& [key, held] : attributes)
    if (key == name) held = value;
}

/// What the run with these rules is told apart by (run/record.h).
void update_identity(Attributes& attributes, const std::vector<Option>& rules) {
  const Attribute* stored = find_attribute(attributes, "identity");
  const auto* text = stored ? std::get_if<std::string>(stored) : nullptr;
  if (!text) return;
  Identity identity = from_json(*text);
  auto json = nlohmann::ordered_json::object();
  for (auto& [name, value] : identity) {
    for (const Option& o : rules)
      if (name == "--" + o.name) value = to_text(*o.get());
    json[name] = value;
  }
  replace(attributes, "identity", json.dump());
  replace(attributes, "fingerprint", fingerprint_of(identity));
}

RunRecord make_run(const ResultsReader& in, const std::vector<Option>& options) {
  RunRecord run = in.run();
  run.patches = in.patches();
  std::vector<Option> rules = options;
  std::erase_if(rules, [](const Option& o) { return o.group != kRules; });
  std::erase_if(run.attributes, [](const auto& entry) {
    return entry.first == "format" || entry.first == "finished" || entry.first == "aggregated_by";
  });
  for (const Option& o : rules) replace(run.attributes, o.name, to_attribute(*o.get()));
  update_identity(run.attributes, rules);
  std::string text = std::string("rfmap ") + kVersion + " aggregate";
  for (const Option& o : rules) text += " --" + o.name + " " + to_text(*o.get());
  run.attributes.emplace_back("aggregated_by", text);
  return run;
}

int run(const CommandInfo& info, const Texts& args) {
  AggregateSettings s;
  const std::vector<Option> options = aggregate_options(s);
  const auto given = parse_arguments(info, options, args);
  if (!given) return 0;
  set_options(*given, options);
  Config& config = s.shared.config;
  set_up_logging(config.quiet, config.verbose, "");
  if (s.results.empty()) throw ConfigError("no results file given, as in rfmap " + info.example);
  if (config.out.empty())
    throw ConfigError("option --out is missing; give the file to write, as in --out other.h5");
  require_file("results file", s.results);
  check_output(config.out, config.overwrite);
  const ResultsReader in(s.results);
  if (!in.keeps_maps())
    throw ConfigError(s.results +
                      " holds no maps to aggregate again; repeat the run with --keep-maps");
  take_rules(in.run().attributes, options);
  set_options(*given, options);
  if (const Attribute* seed = find_attribute(in.run().attributes, "seed"))
    config.rules.seed = std::stoull(attribute_text(*seed));
  install_stop_handlers();
  aggregate_again(in, config.rules, make_run(in, options), config.out, config.threads);
  put_text("", summary_text(summarize(config.out), Format::table));
  return kExitDone;
}

}  // namespace

Command aggregate_command() {
  return {{"aggregate", "re-aggregate stored discrepancy maps with different rules",
           "aggregate fields.h5 --out abs.h5 --discrepancy abs --size-cut 0.25", ""},
          run};
}

}  // namespace rfmap::app
