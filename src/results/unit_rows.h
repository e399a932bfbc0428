#pragma once

#include <span>
#include <vector>

#include "rfmap/results.h"

#include "results/schema.h"

namespace rfmap::results {

/// A dataset with a few numbers per unit, declared once: writer, reader, check and the layer's
/// means iterate over these rows.
struct UnitRow : Item {
  /// The numbers of a record, row-major over the dimensions behind `unit`; those that are missing
  /// (ranks without an image) stay NaN, or -1 of integers.
  std::vector<float> (*numbers)(const UnitRecord& record) = nullptr;
  /// Sets them from the file, ranks without an image left out; null where they follow from others.
  void (*take)(UnitRecord& record, std::span<const float> numbers) = nullptr;
  bool mean = false;      ///< mean and standard deviation over units are attributes of the layer
  bool again = false;     ///< follows from the stored field alone, and check measures it again
  bool size = false;      ///< never negative, and NaN for a unit that no image drives
  bool gradient = false;  ///< only with --with-gradient
};

/// All but the peaks.
const std::vector<UnitRow>& unit_rows();
/// Datasets with a row for each unit: the image, location and response of each rank, then
/// unit_rows().
std::vector<Item> unit_items(bool gradient);

}  // namespace rfmap::results
