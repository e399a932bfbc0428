#pragma once

#include <string>

#include "rfmap/costs.h"

#include "app/text/text_output.h"

namespace rfmap::app {

/// What `rfmap plan` prints. CSV has the quantities only; JSON has the layers too.
std::string costs_text(const RunCosts& costs, Format format);

}  // namespace rfmap::app
