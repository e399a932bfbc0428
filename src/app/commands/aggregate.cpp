#include "rfmap/error.h"
#include "rfmap/estimate.h"

#include "app/commands.h"
#include "app/hooks.h"
#include "app/logging.h"
#include "app/options/options.h"
#include "app/output_check.h"
#include "app/signals.h"
#include "app/text/summary_text.h"
#include "app/text/text_output.h"
#include "method/recorded.h"

namespace rfmap::app {
namespace {

struct AggregateSettings {
  std::string results, out;
  AggregateRules rules;
  Job job;  ///< of which only --overwrite and --threads are options here
  Messages messages;
};

Options aggregate_options(AggregateSettings& s) {
  Options all{positional(option("RESULTS", s.results, Text{"FILE.h5"},
                                "results file of rfmap estimate --keep-maps")),
              option("out", s.out, Text{"FILE.h5"}, "results file to write")};
  const auto append = [&all](Options options) {
    for (Option& o : options) all.push_back(std::move(o));
  };
  append(only_named(job_options(s.job), {"overwrite"}));
  Options rules = rule_options(s.rules);
  for (Option& o : rules) {
    o.help += " (default: as in the file)";
    o.get = [] { return std::nullopt; };  // so --help names no other default
    o.group = "Fields and sizes";
  }
  append(std::move(rules));
  append(only_named(job_options(s.job), {"threads"}));
  append({quiet_option(s.messages), verbose_option(s.messages)});
  return all;
}

void check(const AggregateSettings& s, const CommandInfo& info) {
  if (s.results.empty()) throw ConfigError("no results file given, as in rfmap " + info.example);
  if (s.out.empty())
    throw ConfigError("option --out is missing; give the file to write, as in --out other.h5");
  require_file("results file", s.results);
  check_output(s.out, s.job.output);
}

int run_aggregate(const CommandInfo& info, const Texts& args) {
  AggregateSettings s;
  const Options options = aggregate_options(s);
  const auto given = parse_arguments(info, options, args);
  if (!given) return 0;
  set_up_logging(s.messages);
  check(s, info);
  const ResultsReader in(s.results);
  if (!in.keeps_maps())
    throw ConfigError(s.results +
                      " holds no maps to aggregate again; repeat the run with --keep-maps");
  s.rules = recorded_method(in.run().attributes).rules;
  set_options(*given, options);  // what was typed changes the rules of the run
  install_stop_handlers();
  aggregate_again(in, s.rules, s.out, s.job.machine.threads, job_hooks(s.messages));
  put_text("", summary_text(summarize(s.out), Format::table));
  return kExitDone;
}

}  // namespace

Command aggregate_command() {
  return {{"aggregate", "re-aggregate stored discrepancy maps with different rules",
           "aggregate fields.h5 --out abs.h5 --discrepancy abs --size-cut 0.25", ""},
          run_aggregate};
}

}  // namespace rfmap::app
