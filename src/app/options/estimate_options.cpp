#include <algorithm>

#include "app/options/options.h"

namespace rfmap::app {

Option quiet_option(Messages& m) { return option("quiet", m.quiet, Flag{}, "print warnings only"); }

Option verbose_option(Messages& m) { return option("verbose", m.verbose, Flag{}, "print details"); }

Options estimate_options(Settings& s) {
  Options messages{
      option("config", s.config_file, Text{"FILE.toml"},
             "read options from a file; the command line takes precedence"),
      option("print-config", s.print_config, Flag{},
             "print the configuration file for this run, and exit"),
      quiet_option(s.messages),
      verbose_option(s.messages),
      option("log-file", s.messages.log_file, Text{"FILE"}, "also write all messages to this file"),
  };
  messages[0].in_file = messages[1].in_file = false;
  Options all = job_options(s.job);
  for (Option& o : messages) {
    o.group = "Configuration and messages";
    all.push_back(std::move(o));
  }
  return all;
}

Options only_named(Options options, const Texts& names) {
  std::erase_if(options,
                [&](const Option& o) { return std::ranges::find(names, o.name) == names.end(); });
  return options;
}

}  // namespace rfmap::app
