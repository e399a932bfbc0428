#include "rfmap/estimate.h"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include "rfmap/error.h"
#include "rfmap/ranks.h"

#include "app/commands.h"
#include "app/failure.h"
#include "app/hooks.h"
#include "app/logging.h"
#include "app/options/options.h"
#include "app/output_check.h"
#include "app/signals.h"
#include "app/text/results_text.h"
#include "app/text/text_output.h"
#include "core/log.h"
#include "method/preprocessing.h"

namespace rfmap::app {
namespace {

/// An argument as a shell would read it.
std::string shell_quoted(const std::string& arg) {
  const bool plain = !arg.empty() && arg.find_first_of(" \t\n'\"\\$`*?[]{}()<>|&;#!~") == arg.npos;
  if (plain) return arg;
  return fmt::format("'{}'", fmt::join(split(arg, '\''), "'\\''"));
}

std::string command_line_text(const CommandInfo& info, const Texts& args) {
  std::string text = "rfmap " + info.name;
  for (const std::string& arg : args) text.append(" ").append(shell_quoted(arg));
  return text;
}

int measure(const Settings& settings, const std::shared_ptr<Ranks>& ranks) {
  const Messages& messages = settings.messages;
  const Output& output = settings.job.output;
  install_stop_handlers(ranks->alone()   ? Process::alone
                        : ranks->first() ? Process::first_rank
                                         : Process::other_rank);
  if (!ranks->first()) return estimate(settings.job, job_hooks(messages), ranks).exit_code;
  set_up_logging(messages);
  check_output(output.path, output);
  const Outcome outcome = estimate(settings.job, job_hooks(messages), ranks);
  if (outcome.written) return tell_results(outcome, output.path);
  log::info("shard {} of {} is finished; when all are: rfmap merge {}", output.shard->index,
            output.shard->count, shell_quoted(output.path));
  return outcome.exit_code;
}

int run_as_rank(const CommandInfo& info, const Texts& args, const std::shared_ptr<Ranks>& ranks) {
  Settings settings;
  const Options options = estimate_options(settings);
  if (!parse_with_config(info, options, args, settings.config_file)) return 0;
  check(settings.job);
  settings.job.output.command_line = command_line_text(info, args);
  if (!settings.print_config) return measure(settings, ranks);
  put_text("", to_toml(options));
  return 0;
}

/// The failure of one rank is that of all, and rank 0 tells it.
int run_estimate(const CommandInfo& info, const Texts& args) {
  const std::shared_ptr<Ranks> ranks = join_ranks();
  if (ranks->alone()) return run_as_rank(info, args, ranks);
  if (!ranks->first()) silence_output();
  int exit_code = 0;
  std::optional<Failure> own;
  try {
    exit_code = run_as_rank(info, args, ranks);
  } catch (...) {
    own = failure_of(std::current_exception());
  }
  const std::optional<Failure> failure = ranks->conclude(own);
  if (!ranks->first()) return 0;  // a launcher takes rank 0's code, and is not alarmed by others
  // Results that stand are not taken back by a signal that came to another rank afterwards.
  if (failure && (own || failure->exit_code != kExitInterrupted))
    throw Error(failure->exit_code, failure->sentence);
  return exit_code;
}

}  // namespace

Command estimate_command() {
  return {{"estimate", "measure the empirical receptive fields of a network's units",
           "estimate --model alexnet.prototxt --weights alexnet.caffemodel --images photos \\\n"
           "      --preset caffe --layers pool1,pool5 --units 0-3 --out fields.h5",
           describe_presets() +
               "Explicit options override the preset's values. Paths in a --config file are "
               "relative to the\nworking folder.\n"},
          run_estimate};
}

}  // namespace rfmap::app
