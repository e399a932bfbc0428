#pragma once

#include <string>
#include <vector>

#include "rfmap/theory.h"

#include "app/text_output.h"

namespace rfmap::app {

/// What `rfmap theory` has to say, in whatever format.
struct TheoryAnswer {
  TheoryTable table;
  std::vector<NamedNeuron> neurons;
  std::vector<Unsupported> lost;
  bool positions = false;  ///< the box of every position is asked for
};

/// As tables with footnotes, CSV or JSON (columns: help of `rfmap theory`). Table and CSV hold the
/// neurons where there are some, else the boxes of all positions where they are asked for, else the
/// layers; JSON holds all of it.
std::string theory_text(const TheoryAnswer& answer, Format format);

/// The JSON alone.
std::string theory_json(const TheoryAnswer& answer);

}  // namespace rfmap::app
