#pragma once

#include <span>
#include <string_view>
#include <vector>

#include "rfmap/results.h"

#include "results/schema.h"

/// What stands once in a results file.
namespace rfmap::results {

template <class T>
void write_item(const Scope& scope, const Item& item, const Extents& extents,
                const std::vector<T>& values) {
  h5::write_all(create_item(scope, item, extents), values);
}

/// A scale that counts 0, 1, ...
void write_counting(const Scope& scope, const Item& item, const Extents& extents);

/// All as long as the longest.
void write_texts(const Scope& scope, const Item& item, const Extents& extents,
                 std::span<const std::string_view> texts);

/// The scale of labels_of() this name.
void write_labels(const Scope& root, std::string_view scale);
void write_root_scales(const Scope& root, const Grid& grid);
void write_occluder(const Scope& root, const RunRecord& run);
void write_images(const Scope& root, const RunRecord& run);

}  // namespace rfmap::results
