#include "results/write_run.h"

#include <algorithm>
#include <cstdint>
#include <numeric>

#include "core/utf8.h"
#include "results/h5/attribute_io.h"

namespace rfmap::results {

void write_counting(const Scope& scope, const Item& item, const Extents& extents) {
  std::vector<std::int32_t> values(length_of(extents, item.name));
  std::iota(values.begin(), values.end(), 0);
  write_item(scope, item, extents, values);
}

void write_texts(const Scope& scope, const Item& item, const Extents& extents,
                 std::span<const std::string_view> texts) {
  // Texts of one byte would read as single characters in netCDF-4.
  const std::size_t length = h5::longest(texts, 2);
  h5::write_texts(create_item(scope, item, extents, length), length, texts);
}

void write_labels(const Scope& root, std::string_view scale) {
  write_texts(root, item_of(root_items(), scale), {}, labels_of(scale));
}

void write_root_scales(const Scope& root, const Grid& grid) {
  for (const char* scale : {"axis", "bound", "box_side", "gaussian_parameter"})
    write_labels(root, scale);
  std::vector<double> rows, columns;
  for (int i = 0; i < grid.count.h; ++i) rows.push_back(grid.centre_y(i));
  for (int i = 0; i < grid.count.w; ++i) columns.push_back(grid.centre_x(i));
  const Extents extents{{"grid_y", rows.size()}, {"grid_x", columns.size()}};
  write_item(root, item_of(root_items(), "grid_y"), extents, rows);
  write_item(root, item_of(root_items(), "grid_x"), extents, columns);
}

void write_occluder(const Scope& root, const RunRecord& run) {
  using Integers = std::vector<std::int64_t>;
  const h5::Group group = h5::create_group(root.group, "occluder");
  const Grid& grid = run.grid;
  h5::write_attributes(group.get(), {{"size", Integers{run.occluder.h, run.occluder.w}},
                                     {"stride", Integers{grid.stride.h, grid.stride.w}},
                                     {"input", Integers{grid.input.h, grid.input.w}},
                                     {"first", Integers{grid.first.y, grid.first.x}},
                                     {"count", Integers{grid.count.h, grid.count.w}}});
  if (run.patches.empty()) return;
  const Scope scope{group.get()};
  const Extents extents{{"position", hsize_t(grid.positions())},
                        {"channel", hsize_t(run.patch_channels)},
                        {"occluder_y", hsize_t(run.occluder.h)},
                        {"occluder_x", hsize_t(run.occluder.w)}};
  for (const Item& item : occluder_items())
    if (item.is_scale())
      write_counting(scope, item, extents);
    else
      write_item(scope, item, extents, run.patches);
}

namespace {

/// Names come from file systems and lists, in any bytes.
void write_names(const Scope& scope, const Item& item, const Extents& extents,
                 const std::vector<ImageRef>& images, std::string ImageRef::*name) {
  std::vector<std::string> texts;
  for (const ImageRef& image : images) texts.push_back(utf8_of_bytes(image.*name));
  write_texts(scope, item, extents, std::vector<std::string_view>(texts.begin(), texts.end()));
}

}  // namespace

void write_images(const Scope& root, const RunRecord& run) {
  const h5::Group group = h5::create_group(root.group, "images");
  const Scope scope{group.get()};
  const auto& items = image_items();
  const Extents extents{{"image", run.images.size()}};
  write_counting(scope, item_of(items, "image"), extents);
  write_names(scope, item_of(items, "path"), extents, run.images, &ImageRef::path);
  std::vector<std::int32_t> heights, widths;
  for (const Size& size : run.image_sizes) {
    heights.push_back(size.h);
    widths.push_back(size.w);
  }
  write_item(scope, item_of(items, "height"), extents, heights);
  write_item(scope, item_of(items, "width"), extents, widths);
  write_item(scope, item_of(items, "status"), extents, run.image_status);
  write_item(scope, item_of(items, "cluster"), extents, run.image_clusters);
  if (std::ranges::any_of(run.images, [](const ImageRef& image) { return !image.label.empty(); }))
    write_names(scope, image_label_item(), extents, run.images, &ImageRef::label);
}

}  // namespace rfmap::results
