#pragma once

#include <vector>

#include "rfmap/theory.h"

#include "core/row_field.h"

namespace rfmap::graph {

/// A field of the table of theoretical fields, with what its dataset says of it.
struct TheoryField : core::RowField<TheoryRow> {
  std::string_view long_name, units;
  std::string_view dataset;  ///< its name; empty: the field's
};

/// Numbers of one value or of a pair (y, x).
const std::vector<TheoryField>& theory_fields();

/// The fields of a neuron's row.
const std::vector<core::RowField<NamedNeuron>>& neuron_fields();

}  // namespace rfmap::graph
