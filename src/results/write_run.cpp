#include "results/write_run.h"

#include <algorithm>
#include <cstdint>
#include <numeric>
#include <string>
#include <type_traits>

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

constexpr std::size_t kImageBlock = 65536;

std::size_t end_of_block(std::size_t first, std::size_t count) {
  return std::min(first + kImageBlock, count);
}

/// Names come from file systems and lists, in any bytes.
std::string name_in(const ImageRef& image, std::string ImageRef::*name) {
  return core::utf8_of_bytes(image.*name);
}

/// As write_texts, a block in memory at a time.
void write_names(const Scope& scope, const Item& item, const Extents& extents,
                 const ImageList& images, std::string ImageRef::*name) {
  std::size_t length = 2;
  for (const ImageRef& image : images) length = std::max(length, name_in(image, name).size());
  const h5::Dataset dataset = create_item(scope, item, extents, length);
  std::vector<std::string> texts;
  for (std::size_t first = 0; first < images.size(); first += texts.size()) {
    texts.clear();
    for (std::size_t i = first; i < std::min(first + h5::kTextBlock, images.size()); ++i)
      texts.push_back(name_in(images[i], name));
    h5::write_texts(dataset, length, std::vector<std::string_view>(texts.begin(), texts.end()),
                    first);
  }
}

void write_image_indices(const Scope& scope, const Extents& extents, std::size_t count) {
  const h5::Dataset dataset = create_item(scope, item_of(image_items(), "image"), extents);
  for (std::size_t first = 0; first < count; first = end_of_block(first, count)) {
    std::vector<std::int32_t> indices(end_of_block(first, count) - first);
    std::iota(indices.begin(), indices.end(), std::int32_t(first));
    h5::write_slab(dataset, {{first}, {indices.size()}}, std::span<const std::int32_t>(indices));
  }
}

/// number(value) of each image.
template <class T, class Number>
void write_numbers(const Scope& scope, const Item& item, const Extents& extents,
                   const Spooled<T>& values, const Number& number) {
  const h5::Dataset dataset = create_item(scope, item, extents);
  values.for_blocks([&](std::size_t first, std::span<const T> block) {
    using Stored = std::remove_cvref_t<decltype(number(block.front()))>;
    std::vector<Stored> numbers;
    for (const T& value : block) numbers.push_back(number(value));
    h5::write_slab(dataset, {{first}, {numbers.size()}}, std::span<const Stored>(numbers));
  });
}

}  // namespace

void write_images(const Scope& root, const RunRecord& run) {
  const h5::Group group = h5::create_group(root.group, "images");
  const Scope scope{group.get()};
  const auto& items = image_items();
  const Extents extents{{"image", run.images.size()}};
  const auto same = [](auto value) { return value; };
  write_image_indices(scope, extents, run.images.size());
  write_names(scope, item_of(items, "path"), extents, run.images, &ImageRef::path);
  write_numbers(scope, item_of(items, "height"), extents, run.image_sizes,
                [](const Size& size) { return std::int32_t(size.h); });
  write_numbers(scope, item_of(items, "width"), extents, run.image_sizes,
                [](const Size& size) { return std::int32_t(size.w); });
  write_numbers(scope, item_of(items, "status"), extents, run.image_status, same);
  write_numbers(scope, item_of(items, "cluster"), extents, run.image_clusters, same);
  if (run.images.has_labels())
    write_names(scope, image_label_item(), extents, run.images, &ImageRef::label);
}

}  // namespace rfmap::results
