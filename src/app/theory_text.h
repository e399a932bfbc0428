#pragma once

#include <string>
#include <vector>

#include "rfmap/model.h"

#include "app/text_output.h"

namespace rfmap::app {

/// The theoretical fields of `layers` as a table with footnotes, CSV or JSON (columns: help of
/// `rfmap theory`).
std::string theory_text(const Model& model, const std::vector<Layer>& layers, Format format);

}  // namespace rfmap::app
