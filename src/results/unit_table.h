#pragma once

#include <cstdint>
#include <map>
#include <string>
#include <vector>

#include "rfmap/results.h"

#include "results/schema.h"
#include "results/unit_rows.h"

namespace rfmap::results {

/// The small numbers of all units of a layer, by dataset name, row-major [unit, ...].
class UnitTable {
 public:
  UnitTable() = default;
  /// All NaN and -1.
  UnitTable(int units, int ranks, bool gradient);

  void put(int unit, const UnitRecord& record);
  /// All of the record but its maps; ranks without an image are left out.
  UnitRecord get(int unit) const;

  void write(const Scope& scope, const Extents& extents) const;
  /// Throws h5::Failure.
  static UnitTable read(hid_t group, int units, int ranks, bool gradient);

  const std::vector<float>& column(const std::string& name) const { return floats_.at(name); }
  const std::vector<std::int32_t>& integers(const std::string& name) const {
    return integers_.at(name);
  }
  int units() const { return units_; }
  int ranks() const { return ranks_; }
  /// It has this row.
  bool has(const UnitRow& row) const { return gradient_ || !row.gradient; }

 private:
  void put_peaks(int unit, const std::vector<Peak>& peaks);
  std::vector<Peak> peaks(int unit) const;
  void set(const std::string& name, int unit, std::span<const float> values);
  std::span<const float> row(const std::string& name, int unit) const;

  int units_ = 0, ranks_ = 0;
  bool gradient_ = false;
  std::map<std::string, std::vector<float>> floats_;
  std::map<std::string, std::vector<std::int32_t>> integers_;
};

/// Mean and standard deviation (divisor n) of what is not NaN, and how many those are.
struct Moments {
  double mean = 0, deviation = 0;
  int count = 0;
};
Moments moments(const std::vector<float>& values);

/// size_mean, size_std, size_cut10_mean, ... of a layer, in the order of the file; those that a
/// file of this version has.
Attributes layer_figures(const UnitTable& table, int version = 2);

}  // namespace rfmap::results
