#pragma once

#include <map>
#include <span>
#include <string_view>
#include <vector>

#include "rfmap/results.h"

#include "results/schema.h"
#include "results/unit_rows.h"

namespace rfmap::results {

/// The small numbers of all units of a layer, by dataset name, row-major [unit, ...].
class UnitTable {
 public:
  UnitTable() = default;
  /// All NaN, and -1 of integers.
  UnitTable(int units, int ranks, const Holds& file);

  void put(int unit, const UnitRecord& record);
  /// All of the record but its maps; ranks without an image are left out.
  UnitRecord get(int unit) const;

  void write(const Scope& scope, const Extents& extents) const;
  /// Throws h5::Failure.
  static UnitTable read(hid_t group, int units, int ranks, const Holds& file);

  const std::vector<double>& column(std::string_view name) const { return columns_.at(name); }
  /// The numbers of a unit.
  std::span<const double> row(std::string_view name, int unit) const;
  int units() const { return units_; }
  int ranks() const { return ranks_; }
  const Holds& file() const { return file_; }

 private:
  int units_ = 0, ranks_ = 0;
  Holds file_;
  std::map<std::string_view, std::vector<double>> columns_;
};

/// Mean and standard deviation (divisor n) of what is not NaN, and how many those are.
struct Moments {
  double mean = 0, deviation = 0;
  int count = 0;
};
Moments moments(const std::vector<double>& values);

/// size_mean, size_std, size_cut10_mean, ... of a layer, in the order of the file; those that a
/// file of its version has.
Attributes layer_figures(const UnitTable& table);

}  // namespace rfmap::results
