#include "rfmap/recorded.h"

#include "method/preprocessing.h"
#include "method/recorded.h"

namespace rfmap {

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

}  // namespace rfmap
