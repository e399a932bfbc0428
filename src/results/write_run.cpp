#include "results/write_run.h"

#include <algorithm>
#include <numeric>

#include "results/h5/attribute_io.h"

namespace rfmap::results {

std::vector<std::int32_t> counting(int n) {
  std::vector<std::int32_t> v(std::size_t(std::max(n, 0)));
  std::iota(v.begin(), v.end(), 0);
  return v;
}

namespace {

using Integers = std::vector<std::int64_t>;

template <std::size_t N>
void write_labels(const Scope& scope, std::string_view name,
                  const std::array<std::string_view, N>& labels) {
  write_texts(scope, item_of(root_items(), name), {{{std::string(name), N}}}, labels);
}

}  // namespace

void write_root_scales(const Scope& root, const Grid& grid) {
  write_labels(root, "axis", kAxis);
  write_labels(root, "bound", kBound);
  write_labels(root, "box_side", kBoxSide);
  write_labels(root, "gaussian_parameter", kGaussianParameter);
  std::vector<double> rows, columns;
  for (int i = 0; i < grid.count.h; ++i) rows.push_back(grid.centre_y(i));
  for (int i = 0; i < grid.count.w; ++i) columns.push_back(grid.centre_x(i));
  const Extents extents{{{"grid_y", rows.size()}, {"grid_x", columns.size()}}};
  write_item(root, item_of(root_items(), "grid_y"), extents, rows);
  write_item(root, item_of(root_items(), "grid_x"), extents, columns);
}

void write_occluder(const Scope& root, const RunRecord& run) {
  const h5::Group group = h5::create_group(root.group, "occluder");
  const Grid& grid = run.grid;
  h5::write_attribute(group.get(), "size", Integers{run.occluder.h, run.occluder.w});
  h5::write_attribute(group.get(), "stride", Integers{grid.stride.h, grid.stride.w});
  h5::write_attribute(group.get(), "input", Integers{grid.input.h, grid.input.w});
  h5::write_attribute(group.get(), "first", Integers{grid.first.y, grid.first.x});
  h5::write_attribute(group.get(), "count", Integers{grid.count.h, grid.count.w});
  if (run.patches.empty()) return;
  const Scope scope{group.get(), &root};
  const auto& items = occluder_items();
  const Extents extents{{{"position", hsize_t(grid.positions())},
                         {"channel", hsize_t(run.patch_channels)},
                         {"occluder_y", hsize_t(run.occluder.h)},
                         {"occluder_x", hsize_t(run.occluder.w)}}};
  for (const Item& item : items)
    if (item.name != "patch")
      write_item(scope, item, extents, counting(int(extents.of(item.name))));
  write_item(scope, item_of(items, "patch"), extents, run.patches);
}

void write_images(const Scope& root, const RunRecord& run) {
  const h5::Group group = h5::create_group(root.group, "images");
  const Scope scope{group.get(), &root};
  const auto& items = image_items();
  const Extents extents{{{"image", run.images.size()}}};
  write_item(scope, item_of(items, "image"), extents, counting(int(run.images.size())));
  std::vector<std::string_view> paths;
  for (const ImageRef& image : run.images) paths.push_back(image.path);
  write_texts(scope, item_of(items, "path"), extents, paths);
  std::vector<std::int32_t> heights, widths;
  for (const Size& size : run.image_sizes) {
    heights.push_back(size.h);
    widths.push_back(size.w);
  }
  write_item(scope, item_of(items, "height"), extents, heights);
  write_item(scope, item_of(items, "width"), extents, widths);
  write_item(scope, item_of(items, "status"), extents, run.image_status);
  write_item(scope, item_of(items, "cluster"), extents, run.image_clusters);
}

}  // namespace rfmap::results
