#include "app/hooks.h"

#include <memory>

#include "app/progress_line.h"
#include "app/signals.h"

namespace rfmap::app {

Hooks job_hooks(const Messages& messages) {
  Hooks hooks;
  hooks.stop = [] { return stop_requested().load(); };
  if (messages.quiet) return hooks;
  const auto line = std::make_shared<ProgressLine>();
  hooks.progress = [line](const Progress& p) { line->show(p); };
  return hooks;
}

}  // namespace rfmap::app
