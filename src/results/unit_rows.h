#pragma once

#include <span>
#include <vector>

#include "rfmap/results.h"

#include "results/schema.h"

namespace rfmap::results {

/// What a file holds of each unit.
struct Holds {
  bool gradients = false, change_maps = false;
  int version = 2;
  /// Rows of later versions count as missing numbers.
  bool has(const Item& row) const;
};

/// A dataset with a few numbers per unit, declared once: writer, reader, check and the layer's
/// means iterate over these rows.
struct UnitRow : Item {
  /// The numbers of a record, row-major over the dimensions behind `unit`; those that are missing
  /// (ranks without an image) stay NaN, or -1 of integers. While a file is written the record has
  /// the unit's change maps too.
  std::vector<double> (*numbers)(const UnitRecord& record) = nullptr;
  /// Sets them from the file, ranks without an image left out; null where they follow from others.
  void (*take)(UnitRecord& record, std::span<const double> numbers) = nullptr;
  bool mean = false;   ///< mean and standard deviation over units are attributes of the layer
  bool again = false;  ///< follows from the stored field alone, and check measures it again
  bool size = false;   ///< never negative, and NaN for a unit that no image drives
  bool share = false;  ///< at most 1, within rounding
};

/// All, the peaks first.
const std::vector<UnitRow>& unit_rows();
/// Of each peak: image, response, location and what belongs to it.
std::span<const UnitRow> peak_rows();

/// A dataset with a map, or one per rank, of each unit, declared once for writer, reader and check.
struct MapRow : Item {
  std::size_t (*length)(const UnitRecord& record) = nullptr;
  void (*write)(const UnitRecord& record, const h5::Dataset& to, const h5::Slab& slab) = nullptr;
  void (*read)(UnitRecord& record, const h5::Dataset& from, const h5::Slab& slab) = nullptr;

  bool per_rank() const { return dimensions[1] == "rank"; }
  /// A unit's block of the dataset; of maps per rank the first `ranks`.
  h5::Slab slab(int unit, std::size_t ranks, const Extents& extents) const;
};
/// Those that such a file has.
std::vector<MapRow> map_rows(const Holds& file);

/// Lengths of the dimensions of a layer's datasets.
Extents layer_extents(const LayerRecord& layer, const Grid& grid);

}  // namespace rfmap::results
