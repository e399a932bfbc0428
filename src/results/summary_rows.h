#pragma once

#include <vector>

#include "rfmap/results.h"

#include "core/row_field.h"

namespace rfmap::results {

using SummaryField = core::RowField<SummaryRow>;

/// The summary's fields in CSV and JSON. Means of unit_rows() that have no place of their own
/// follow the others.
std::vector<SummaryField> summary_fields(bool gradient);

/// A column of numbers, over the units of each layer.
struct SummaryColumn {
  const char* heading;       ///< in the table of `rfmap summary`
  const char* page_heading;  ///< in that of the report; null: not there
  std::function<OverUnits(const SummaryRow&)> numbers;
  const char* format;  ///< fmt's, of mean and deviation
  double factor = 1;   ///< of the number that is shown
  bool gradient = false;

  /// "9.0 ± 1.5", "48 %"; empty where there is no number.
  std::string text(const SummaryRow& row) const;
};
/// From left to right.
const std::vector<SummaryColumn>& summary_columns();

}  // namespace rfmap::results
