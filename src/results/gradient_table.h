#pragma once

#include <map>
#include <string>
#include <vector>

#include "rfmap/results.h"

#include "results/schema.h"

namespace rfmap {

/// The numbers of all units' gradient fields (gradient_items() without the maps), by dataset name.
class GradientTable {
 public:
  GradientTable() = default;
  /// All NaN.
  explicit GradientTable(int units);
  void put(int unit, const GradientField& field);
  /// All but the map.
  GradientField get(int unit) const;

  void write(const Scope& scope, const Extents& extents) const;
  /// Throws h5::Failure.
  static GradientTable read(hid_t group, int units);
  /// gradient_size_mean, gradient_size_std, ...: attributes of the layer.
  Attributes figures() const;

 private:
  std::map<std::string, std::vector<float>> columns_;
};

}  // namespace rfmap
