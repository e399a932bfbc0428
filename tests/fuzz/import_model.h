#pragma once

#include "rfmap/error.h"
#include "rfmap/model.h"
#include "rfmap/theory.h"

namespace rfmap::fuzz {

/// Reads a network for estimates and for theory, and computes its theoretical fields. An error in a
/// sentence is right; every other exception ends the target.
inline void import_model(ModelFiles files) {
  for (const bool theory : {false, true}) {
    files.theory = theory;
    try {
      const Model model = read_model(files);
      theory_table(model.graph, select_layers(model, {"all"}));
    } catch (const Error&) {
    }
  }
}

}  // namespace rfmap::fuzz
