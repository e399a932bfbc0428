#include "rfmap/report.h"

#include <fmt/format.h>

#include "rfmap/error.h"

#include "app/commands.h"
#include "app/options/options.h"
#include "app/output_check.h"
#include "app/signals.h"
#include "core/log.h"

namespace rfmap::app {
namespace {

constexpr std::size_t kMostNamed = 5;  // images that are not there

std::vector<Option> report_options(ReportOptions& s) {
  return {
      positional(option("RESULTS", s.results, Text{"FILE.h5"}, "results file of rfmap estimate")),
      option("out", s.out, Text{"FOLDER"}, "folder to write; index.html in it is the first page"),
      option("images-root", s.images_root, Text{"FOLDER"},
             "where the images are now: replaces the deepest folder that held all of them"),
      option("top", s.top, Unless{"all", Integer{0, 65535}}, "images shown of each unit"),
      option("overwrite", s.overwrite, Flag{}, "replace a report that is there"),
      option("threads", s.threads, Unless{"all", Integer{1, 4096}}, "CPU threads"),
  };
}

/// Names the first few of the images that are not there.
void warn_of_missing(const std::vector<std::string>& missing) {
  for (std::size_t i = 0; i < missing.size() && i < kMostNamed; ++i) log::warn("{}", missing[i]);
  if (!missing.empty())
    log::warn(
        "{} image(s) could not be read and are left out; method.html names them, and "
        "--images-root says where images are now",
        missing.size());
}

int run_report(const CommandInfo& info, const Texts& args) {
  ReportOptions settings;
  const std::vector<Option> options = report_options(settings);
  if (!parse_arguments(info, options, args)) return 0;
  if (settings.results.empty())
    throw ConfigError("no results file given, as in rfmap " + info.example);
  if (settings.out.empty())
    throw ConfigError("option --out is missing; give the folder's name, as in --out report");
  require_file("results file", settings.results);
  install_stop_handlers();
  settings.stop = [] { return stop_requested().load(); };
  const ReportOutcome outcome = write_report(settings);
  warn_of_missing(outcome.missing);
  log::info("{} units of {} layers are in {}/index.html", outcome.units, outcome.layers,
            settings.out);
  return outcome.missing.empty() ? kExitDone : kExitSkippedImages;
}

}  // namespace

Command report_command() {
  return {{"report", "folder of pages that shows a results file in any browser",
           "report fields.h5 --out report", ""},
          run_report};
}

}  // namespace rfmap::app
