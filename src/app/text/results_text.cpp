#include "app/text/results_text.h"

#include <fmt/format.h>

#include "app/text/summary_text.h"
#include "app/text/text_output.h"
#include "core/log.h"

namespace rfmap::app {

int tell_results(const Outcome& outcome, const std::string& path) {
  put_text("", summary_text(summarize(path), Format::table));
  if (outcome.skipped > 0)
    log::warn("{} image(s) could not be read and were skipped{}", outcome.skipped,
              outcome.damaged ? fmt::format(", {} of them as damaged", outcome.damaged) : "");
  log::info("results are in {}", path);
  return outcome.exit_code;
}

}  // namespace rfmap::app
