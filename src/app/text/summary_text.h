#pragma once

#include <string>
#include <vector>

#include "rfmap/results.h"

#include "app/text/text_output.h"

namespace rfmap::app {

/// One line a layer: theoretical size, what a flat field of that size reads, empirical sizes as
/// mean and standard deviation over units, units measured, mark of truncated layers.
std::string summary_text(const std::vector<SummaryRow>& rows, Format format);

}  // namespace rfmap::app
