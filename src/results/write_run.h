#pragma once

#include <cstdint>
#include <vector>

#include "rfmap/results.h"

#include "results/schema.h"

/// What stands once in a results file.
namespace rfmap {

/// 0, 1, ..., n - 1.
std::vector<std::int32_t> counting(int n);

template <class T>
void write_item(const Scope& scope, const Item& item, const Extents& extents,
                const std::vector<T>& values) {
  h5::write_all(create_item(scope, item, extents, false), values);
}

void write_root_scales(const Scope& root, const Grid& grid);
void write_occluder(const Scope& root, const RunRecord& run);
void write_images(const Scope& root, const RunRecord& run);

}  // namespace rfmap
