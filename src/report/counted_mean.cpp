#include <utility>

#include "rfmap/recorded.h"

#include "core/mean_map.h"

namespace rfmap {

CountedMean counted_mean(const UnitRecord& unit, Border border) {
  const UnitField& field = unit.field;
  CountedMean counted{only_counted({field.mean, field.count}, unit.peaks.size(), border)};
  for (const float v : counted.values)
    if (v > counted.peak) counted.peak = v;
  return counted;
}

}  // namespace rfmap
