#pragma once

#include <algorithm>
#include <cstdint>
#include <string_view>
#include <vector>

#include "rfmap/results.h"

#include "results/schema.h"

/// What stands once in a results file.
namespace rfmap::results {

/// 0, 1, ..., n - 1.
std::vector<std::int32_t> counting(int n);

template <class T>
void write_item(const Scope& scope, const Item& item, const Extents& extents,
                const std::vector<T>& values) {
  h5::write_all(create_item(scope, item, extents), values);
}

/// All as long as the longest. `Texts`: a range of strings or string views.
template <class Texts>
void write_texts(const Scope& scope, const Item& item, const Extents& extents, const Texts& texts) {
  std::size_t length = 2;  // texts of one byte would read as single characters in netCDF-4
  for (const std::string_view text : texts) length = std::max(length, text.size());
  h5::write_texts(create_item(scope, item, extents, length), length,
                  [&](std::size_t i) { return std::string_view(texts[i]); });
}

void write_root_scales(const Scope& root, const Grid& grid);
void write_occluder(const Scope& root, const RunRecord& run);
void write_images(const Scope& root, const RunRecord& run);

}  // namespace rfmap::results
