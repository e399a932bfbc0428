#include "rfmap/error.h"

#include "app/commands.h"
#include "app/output_check.h"
#include "app/text/summary_text.h"
#include "report/recorded.h"

namespace rfmap::app {
namespace {

/// A control must not be taken for the network itself.
std::string control_line(const std::string& results, Format format) {
  if (format != Format::table) return "";
  const ResultsReader reader(results);
  const bool shuffled = recorded_text(reader.run().attributes, "weights-control") == "shuffle";
  return shuffled ? "Control: weights shuffled inside each layer\n" : "";
}

int run_summary(const CommandInfo& info, const Texts& args) {
  std::string results;
  Format format = Format::table;
  const std::vector<Option> options{
      positional(option("RESULTS", results, Text{"FILE.h5"}, "results file of rfmap estimate")),
      option("format", format, kFormats, "of the output"),
  };
  if (!parse_arguments(info, options, args)) return 0;
  if (results.empty()) throw ConfigError("no results file given, as in rfmap " + info.example);
  require_file("results file", results);
  put_text("", control_line(results, format) + summary_text(summarize(results), format));
  return 0;
}

}  // namespace

Command summary_command() {
  return {{"summary", "table of a results file: theoretical and empirical sizes of each layer",
           "summary fields.h5", ""},
          run_summary};
}

}  // namespace rfmap::app
