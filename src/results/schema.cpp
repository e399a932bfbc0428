#include "results/schema.h"

#include <algorithm>
#include <set>
#include <stdexcept>

#include <fmt/format.h>
#include <hdf5_hl.h>

#include "results/h5/attribute_io.h"

namespace rfmap::results {

using h5::Type;

namespace {

Item scale(std::string_view name, Type type, std::string_view long_name, std::string_view units) {
  return {name, type, {name}, long_name, units};
}

Item of_image(std::string_view name, Type type, std::string_view long_name, std::string_view units,
              int since = 1) {
  return {name, type, {"image"}, long_name, units, since};
}

}  // namespace

const std::vector<Item>& root_items() {
  static const std::vector<Item> items = {
      scale("axis", Type::text, "axis of a position", "1"),
      scale("bound", Type::text, "bound of an interval", "1"),
      scale("box_side", Type::text, "side of a box", "1"),
      scale("gaussian_parameter", Type::text, "parameter of the Gaussian", "1"),
      scale("grid_y", Type::float64, "row of the occluder's centre in the input", "px"),
      scale("grid_x", Type::float64, "column of the occluder's centre in the input", "px"),
  };
  return items;
}

std::vector<std::string_view> labels_of(std::string_view scale) {
  if (scale == "axis") return {"y", "x"};
  if (scale == "bound") return {"low", "high"};
  if (scale == "box_side") return {"y0", "x0", "y1", "x1"};
  if (scale == "gaussian_parameter")
    return {"amplitude", "dy", "dx", "sigma_major", "sigma_minor", "angle"};
  return {};
}

const std::vector<Item>& occluder_items() {
  static const std::vector<Item> items = {
      scale("position", Type::int32, "grid position, row-major", "1"),
      scale("channel", Type::int32, "channel in the network's order", "1"),
      scale("occluder_y", Type::int32, "row of the occluder", "px"),
      scale("occluder_x", Type::int32, "column of the occluder", "px"),
      {"patch",
       Type::uint8,
       {"position", "channel", "occluder_y", "occluder_x"},
       "noise patch of each grid position",
       "1"},
  };
  return items;
}

const std::vector<Item>& image_items() {
  static const std::vector<Item> items = {
      scale("image", Type::int32, "index of the image", "1"),
      of_image("path", Type::text, "absolute path, or FILE#INDEX of an IDX file or a tar file",
               "1"),
      of_image("height", Type::int32, "original height, 0 where skipped", "px"),
      of_image("width", Type::int32, "original width, 0 where skipped", "px"),
      of_image("status", Type::uint8, "0 read, 1 skipped, 2 skipped as damaged", "1"),
      of_image("cluster", Type::int32,
               "related images, which are resampled together; -1 the image alone", "1", 2),
  };
  return items;
}

const Item& image_label_item() {
  static const Item item = of_image("label", Type::text, "label in the list of images", "1", 2);
  return item;
}

const std::vector<Item>& layer_scales() {
  static const std::vector<Item> items = {
      scale("unit", Type::int32, "channel of the layer", "1"),
      scale("rank", Type::int32, "rank of the image, best first", "1"),
      scale("y", Type::float64, "row from the unit's centre", "px"),
      scale("x", Type::float64, "column from the unit's centre", "px"),
  };
  return items;
}

const Item& bottom_rank_item() {
  static const Item item = scale(kBottomRank, Type::int32, "rank of the image, lowest first", "1");
  return item;
}

const Item& item_of(const std::vector<Item>& items, std::string_view name) {
  return *std::ranges::find(items, name, &Item::name);
}

std::string scale_name(std::string_view dimension, Ranking ranking) {
  return std::string(ranking == Ranking::bottom && dimension == "rank" ? kBottomRank : dimension);
}

hsize_t length_of(const Extents& extents, std::string_view dimension) {
  if (const auto at = extents.find(dimension); at != extents.end()) return at->second;
  if (const auto labels = labels_of(dimension); !labels.empty()) return labels.size();
  throw std::logic_error("no length for dimension " + std::string(dimension));
}

h5::Dataset nearest_scale(hid_t file, std::string group, const std::string& name) {
  if (group == "/") group.clear();
  while (true) {
    const std::string path = fmt::format("{}/{}", group, name);
    if (h5::exists(file, path)) return h5::open_dataset(file, path);
    if (group.empty()) return {};
    group.erase(group.rfind('/'));
    if (group == "/layers") group.clear();
  }
}

int version_of(hid_t object) {
  const h5::Group root(h5::checked(H5Gopen2(object, "/", H5P_DEFAULT), "open the root"));
  return h5::read_text(root.get(), "format") == kOldFormat ? 1 : 2;
}

namespace {

constexpr std::size_t kChunkBytes = 256 * 1024;

/// One map a chunk, or as many rows as fit into kChunkBytes.
h5::Extent chunk_for(const Item& item, const h5::Extent& extent, std::size_t element) {
  h5::Extent chunk = extent;
  if (item.one_map) {
    std::fill(chunk.begin(), chunk.end() - 2, hsize_t(1));
    return chunk;
  }
  const std::size_t row = std::max<std::size_t>(h5::volume(extent) / extent[0] * element, 1);
  chunk[0] = std::clamp<hsize_t>(kChunkBytes / row, 1, extent[0]);
  return chunk;
}

}  // namespace

h5::Dataset create_item(const Scope& scope, const Item& item, const Extents& extents,
                        std::size_t text_length) {
  h5::Layout layout;
  layout.type = item.type;
  layout.text_length = text_length;
  for (std::string_view d : item.dimensions)
    layout.extent.push_back(length_of(extents, scale_name(d, scope.ranking)));
  const std::size_t element =
      item.type == Type::text ? text_length : H5Tget_size(h5::native_type(item.type));
  layout.chunk = chunk_for(item, layout.extent, element);
  const std::string name(item.name);
  h5::Dataset dataset = h5::create_dataset(scope.group, name, layout);
  if (item.is_scale())
    h5::checked(H5DSset_scale(dataset.get(), name.c_str()), "make scale " + name);
  h5::write_attribute(dataset.get(), "long_name", std::string(item.long_name));
  h5::write_attribute(dataset.get(), "units", std::string(item.units));
  if (item.is_scale()) return dataset;
  for (unsigned i = 0; i < item.dimensions.size(); ++i) {
    const std::string wanted = scale_name(item.dimensions[i], scope.ranking);
    const h5::Dataset scale = nearest_scale(scope.group, h5::path_of(scope.group), wanted);
    if (scale.get() < 0) throw std::logic_error("no scale " + wanted);
    h5::checked(H5DSattach_scale(dataset.get(), scale.get(), i), "attach scales to " + name);
  }
  return dataset;
}

std::vector<std::string> group_names(const std::vector<std::string>& layers) {
  std::vector<std::string> plain;
  for (std::string name : layers) {
    std::replace(name.begin(), name.end(), '/', ':');
    plain.push_back(name.empty() || name == "." ? "_" + name : name);
  }
  std::set<std::string> taken(plain.begin(), plain.end()), used;
  std::vector<std::string> names;
  for (const std::string& name : plain) {
    std::string candidate = name;
    for (int i = 2; used.count(candidate) || (candidate != name && taken.count(candidate)); ++i)
      candidate = name + "_" + std::to_string(i);
    used.insert(candidate);
    names.push_back(candidate);
  }
  return names;
}

}  // namespace rfmap::results
