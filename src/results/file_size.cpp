#include "results/file_size.h"

#include <algorithm>
#include <cstdint>

#include "results/unit_rows.h"

namespace rfmap::results {
namespace {

using h5::Type;

/// Bytes of an element; texts have none here.
double element_bytes(Type type) {
  switch (type) {
    case Type::uint8:
      return 1;
    case Type::uint16:
      return 2;
    case Type::int32:
    case Type::float32:
      return 4;
    case Type::int64:
    case Type::float64:
      return 8;
    case Type::text:
      break;
  }
  return 0;
}

double item_bytes(const Item& item, const Extents& extents, Ranking ranking) {
  double bytes = element_bytes(item.type);
  for (std::string_view dimension : item.dimensions)
    bytes *= double(length_of(extents, scale_name(dimension, ranking)));
  return bytes;
}

}  // namespace

double layer_bytes(const LayerRecord& layer, const RunRecord& run) {
  const Holds holds{.gradients = run.with_gradient, .change_maps = run.keep_maps};
  const Extents extents = layer_extents(layer, run.grid);
  double bytes = 0;
  for (const Ranking ranking : {Ranking::top, Ranking::bottom}) {
    if (layer.k(ranking) == 0) continue;
    for (const UnitRow& row : unit_rows())
      if (holds.has(row)) bytes += item_bytes(row, extents, ranking);
    for (const MapRow& row : map_rows(holds)) bytes += item_bytes(row, extents, ranking);
  }
  return bytes;
}

double image_list_bytes(const ImageList& images) {
  const Extents one{{"image", 1}};
  double bytes = 0;
  for (const Item& item : image_items()) bytes += item_bytes(item, one, Ranking::top);
  std::size_t path = 0, label = 0;
  for (const ImageRef& image : images) {
    path = std::max(path, image.path.size());
    label = std::max(label, image.label.size());
  }
  return (bytes + double(path) + double(label)) * double(images.size());
}

double part_bytes(double pairs, double values) {
  constexpr double kPacking = 3 * sizeof(std::int32_t);  // at most (core/packed_map.h)
  constexpr double kOfPair = 2 * sizeof(std::int64_t) + sizeof(float) + sizeof(std::int32_t);
  return pairs * (values * sizeof(float) + kPacking + kOfPair);
}

double scan_part_bytes(double images, double peaks) {
  const Extents one{{"unit", 1}, {"rank", 1}};
  double peak = 0;
  for (const UnitRow& row : peak_rows()) peak += item_bytes(row, one, Ranking::top);
  return images * (2 * sizeof(std::int32_t) + 1) + peaks * peak;
}

}  // namespace rfmap::results
