#pragma once

#include "rfmap/estimate.h"

#include "app/options/options.h"

namespace rfmap::app {

/// Stops on signals (app/signals.h); shows progress unless quiet.
Hooks job_hooks(const Messages& messages);

}  // namespace rfmap::app
