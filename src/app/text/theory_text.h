#pragma once

#include <string>
#include <vector>

#include "rfmap/theory.h"

#include "app/text/text_output.h"

namespace rfmap::app {

/// The output of `rfmap theory`, in any format.
struct TheoryAnswer {
  TheoryTable table;
  std::vector<NamedNeuron> neurons;
  std::vector<Unsupported> lost;
  bool positions = false;  ///< the box of every position is requested
};

/// As tables with footnotes, CSV or JSON (columns: help of `rfmap theory`). Table and CSV hold the
/// neurons if there are any, else the boxes of all positions if requested, else the layers; JSON
/// holds all of it.
std::string theory_text(const TheoryAnswer& answer, Format format);

}  // namespace rfmap::app
