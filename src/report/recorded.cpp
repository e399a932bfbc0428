#include "report/recorded.h"

#include "core/mean_map.h"
#include "method/preprocessing.h"
#include "method/recorded.h"

namespace rfmap::report {

Recorded recorded(const RunRecord& run) {
  Recorded r;
  r.method = method::recorded_method(run.attributes);
  r.preprocessing =
      method::preprocessing_from_json(recorded_text(run.attributes, "preprocessing", "{}"));
  const Attribute* shape = find_attribute(run.attributes, "input_shape");
  if (const auto* sides = shape ? std::get_if<std::vector<std::int64_t>>(shape) : nullptr)
    if (!sides->empty()) r.channels = int(sides->front());
  return r;
}

CountedMean counted_mean(const UnitRecord& unit, Border border) {
  const UnitField& field = unit.field;
  CountedMean counted{only_counted({field.mean, field.count}, unit.peaks.size(), border)};
  for (const float v : counted.values)
    if (v > counted.peak) counted.peak = v;
  return counted;
}

}  // namespace rfmap::report
