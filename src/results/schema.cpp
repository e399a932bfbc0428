#include "results/schema.h"

#include <algorithm>
#include <set>

#include <hdf5_hl.h>

#include "results/h5/attribute_io.h"

namespace rfmap::results {

using h5::Type;

const std::vector<Item>& root_items() {
  static const std::vector<Item> items = {
      {"axis", Type::text, {"axis"}, "axis of a position", "1"},
      {"bound", Type::text, {"bound"}, "bound of an interval", "1"},
      {"box_side", Type::text, {"box_side"}, "side of a box", "1"},
      {"gaussian_parameter", Type::text, {"gaussian_parameter"}, "parameter of the Gaussian", "1"},
      {"grid_y", Type::float64, {"grid_y"}, "row of the occluder's centre in the input", "px"},
      {"grid_x", Type::float64, {"grid_x"}, "column of the occluder's centre in the input", "px"},
  };
  return items;
}

const std::vector<Item>& occluder_items() {
  static const std::vector<Item> items = {
      {"position", Type::int32, {"position"}, "grid position, row-major", "1"},
      {"channel", Type::int32, {"channel"}, "channel in the network's order", "1"},
      {"occluder_y", Type::int32, {"occluder_y"}, "row of the occluder", "px"},
      {"occluder_x", Type::int32, {"occluder_x"}, "column of the occluder", "px"},
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
      {"image", Type::int32, {"image"}, "index of the image", "1"},
      {"path", Type::text, {"image"}, "absolute path, or FILE#INDEX of an IDX file", "1"},
      {"height", Type::int32, {"image"}, "original height, 0 where skipped", "px"},
      {"width", Type::int32, {"image"}, "original width, 0 where skipped", "px"},
      {"status", Type::uint8, {"image"}, "0 read, 1 skipped", "1"},
      {"cluster",
       Type::int32,
       {"image"},
       "related images, which are resampled together; -1 the image alone",
       "1",
       false,
       2},
  };
  return items;
}

const std::vector<Item>& layer_scales() {
  static const std::vector<Item> items = {
      {"unit", Type::int32, {"unit"}, "channel of the layer", "1"},
      {"rank", Type::int32, {"rank"}, "rank of the image, best first", "1"},
      {"y", Type::float64, {"y"}, "row from the unit's centre", "px"},
      {"x", Type::float64, {"x"}, "column from the unit's centre", "px"},
  };
  return items;
}

const Item& bottom_rank_item() {
  static const Item item = {
      kBottomRank, Type::int32, {kBottomRank}, "rank of the image, lowest first", "1"};
  return item;
}

const std::vector<Item>& map_items() {
  static const std::vector<Item> items = {
      {"receptive_field",
       Type::float32,
       {"unit", "y", "x"},
       "empirical receptive field: mean recentred discrepancy map",
       "1",
       true},
      {"count", Type::uint16, {"unit", "y", "x"}, "images that reach the pixel", "1", true},
      {"signed_field",
       Type::float32,
       {"unit", "y", "x"},
       "mean signed change, original - occluded: excitation above 0, inhibition below",
       "1",
       true,
       2},
      {"gradient_field",
       Type::float32,
       {"unit", "y", "x"},
       "mean absolute gradient, recentred, from the same images",
       "1",
       true},
      {"discrepancy",
       Type::float32,
       {"unit", "rank", "grid_y", "grid_x"},
       "change of the response: original - occluded",
       "1",
       true},
  };
  return items;
}

const Item& item_of(const std::vector<Item>& items, std::string_view name) {
  return *std::find_if(items.begin(), items.end(),
                       [&](const Item& item) { return item.name == name; });
}

std::string scale_name(std::string_view dimension, Ranking ranking) {
  return std::string(ranking == Ranking::bottom && dimension == "rank" ? kBottomRank : dimension);
}

hsize_t Extents::of(std::string_view dimension) const {
  for (const auto& [name, length] : lengths)
    if (name == dimension) return length;
  throw std::logic_error("no length for dimension " + std::string(dimension));
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
  if (item.map) {
    std::fill(chunk.begin(), chunk.end() - 2, hsize_t(1));
    return chunk;
  }
  const std::size_t row = std::max<std::size_t>(h5::volume(extent) / extent[0] * element, 1);
  chunk[0] = std::clamp<hsize_t>(kChunkBytes / row, 1, extent[0]);
  return chunk;
}

h5::Dataset find_scale(const Scope& scope, const std::string& name) {
  for (const Scope* s = &scope; s; s = s->parent)
    if (h5::exists(s->group, name)) return h5::open_dataset(s->group, name);
  throw std::logic_error("no scale " + name);
}

}  // namespace

h5::Dataset create_item(const Scope& scope, const Item& item, const Extents& extents,
                        std::size_t text_length) {
  h5::Layout layout;
  layout.type = item.type;
  layout.text_length = text_length;
  for (std::string_view d : item.dimensions)
    layout.extent.push_back(extents.of(scale_name(d, scope.ranking)));
  const std::size_t element =
      item.type == Type::text ? std::max<std::size_t>(text_length, 1) : h5::type_size(item.type);
  layout.chunk = chunk_for(item, layout.extent, element);
  const std::string name(item.name);
  h5::Dataset dataset = h5::create_dataset(scope.group, name, layout);
  if (item.dimensions.front() == item.name)
    h5::checked(H5DSset_scale(dataset.get(), name.c_str()), "make scale " + name);
  h5::write_attribute(dataset.get(), "long_name", std::string(item.long_name));
  h5::write_attribute(dataset.get(), "units", std::string(item.units));
  if (item.dimensions.front() == item.name) return dataset;
  for (unsigned i = 0; i < item.dimensions.size(); ++i) {
    const h5::Dataset scale = find_scale(scope, scale_name(item.dimensions[i], scope.ranking));
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
