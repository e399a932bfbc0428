#include "rfmap/error.h"
#include "rfmap/estimate.h"

#include "app/commands.h"
#include "app/hooks.h"
#include "app/logging.h"
#include "app/options/options.h"
#include "app/output_check.h"
#include "app/signals.h"
#include "app/text/results_text.h"

namespace rfmap::app {
namespace {

Options merge_options(Job& job, Messages& messages) {
  Options all{positional(option("OUT", job.output.path, Text{"FILE.h5"},
                                "results file: what the shards were given as --out"))};
  for (Option& o : only_named(job_options(job), {"overwrite", "threads"})) {
    o.group.clear();
    if (o.name == "overwrite") o.help = "replace the results file if it exists";
    all.push_back(std::move(o));
  }
  all.push_back(quiet_option(messages));
  all.push_back(verbose_option(messages));
  return all;
}

int run_merge(const CommandInfo& info, const Texts& args) {
  Job job;
  Messages messages;
  if (!parse_arguments(info, merge_options(job, messages), args)) return 0;
  set_up_logging(messages);
  if (job.output.path.empty())
    throw ConfigError("no results file given, as in rfmap " + info.example);
  Output may_exist = job.output;
  may_exist.resume = true;  // whose file it is, merge() finds out
  check_output(job.output.path, may_exist);
  install_stop_handlers();
  const Outcome outcome = merge(job.output, job.machine.threads, job_hooks(messages));
  return tell_results(outcome, job.output.path);
}

}  // namespace

Command merge_command() {
  return {{"merge", "write the results of a run that was divided in shards", "merge fields.h5",
           "The shards are those of rfmap estimate --out OUT --shard I/N; all of them must be "
           "finished. The\nresults are those of one process. Their parts are in the folder "
           "OUT.parts, which is then removed.\n"},
          run_merge};
}

}  // namespace rfmap::app
