#include <fmt/format.h>

#include "rfmap/error.h"
#include "rfmap/results.h"

#include "app/commands.h"
#include "app/output_check.h"
#include "app/text/text_output.h"

namespace rfmap::app {
namespace {

int run_check(const CommandInfo& info, const Texts& args) {
  std::string results;
  const std::vector<Option> options{
      positional(option("RESULTS", results, Text{"FILE.h5"}, "results file of rfmap estimate"))};
  if (!parse_arguments(info, options, args)) return 0;
  if (results.empty()) throw ConfigError("no results file given, as in rfmap " + info.example);
  require_file("results file", results);
  const Texts problems = check_results(results);
  for (const std::string& problem : problems) put_text("", problem + "\n");
  if (problems.empty()) put_text("", results + ": whole\n");
  return problems.empty() ? kExitDone : kExitData;
}

}  // namespace

Command check_command() {
  return {{"check", "validate a results file: schema, checksums, completeness", "check fields.h5",
           "Prints the problems found, one a line, and exits with 3; \"whole\" and 0 without any.\n"
           "\"not finished\" says that a part took too long, not that it is damaged.\n"},
          run_check};
}

}  // namespace rfmap::app
