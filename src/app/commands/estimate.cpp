#include "rfmap/estimate.h"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include "rfmap/error.h"

#include "app/commands.h"
#include "app/hooks.h"
#include "app/logging.h"
#include "app/options/options.h"
#include "app/output_check.h"
#include "app/signals.h"
#include "app/text/summary_text.h"
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

int measure(const Settings& settings) {
  const Messages& messages = settings.messages;
  const Output& output = settings.job.output;
  set_up_logging(messages);
  check_output(output.path, output);
  install_stop_handlers();
  const Outcome outcome = estimate(settings.job, job_hooks(messages));
  put_text("", summary_text(summarize(output.path), Format::table));
  if (outcome.skipped > 0)
    log::warn("{} image(s) could not be read and were skipped{}", outcome.skipped,
              outcome.damaged ? fmt::format(", {} of them as damaged", outcome.damaged) : "");
  log::info("results are in {}", output.path);
  return outcome.exit_code;
}

int run_estimate(const CommandInfo& info, const Texts& args) {
  Settings settings;
  const Options options = estimate_options(settings);
  const auto typed = parse_arguments(info, options, args);
  if (!typed) return 0;
  if (!settings.config_file.empty()) {
    GivenOptions from_file = read_toml(settings.config_file, options);
    for (const auto& [name, texts] : *typed) from_file.erase(name);  // the command line wins
    set_options(from_file, options);
  }
  check(settings.job);
  settings.job.output.command_line = command_line_text(info, args);
  if (!settings.print_config) return measure(settings);
  put_text("", to_toml(options));
  return 0;
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
