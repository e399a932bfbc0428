#pragma once

#include <array>
#include <string>
#include <string_view>
#include <vector>

#include "rfmap/topk.h"

#include "results/h5/dataset.h"
#include "results/h5/h5.h"

/// The datasets of format rfmap-2, declared once: writer, reader, check and docs/results.md agree
/// because they go through this table.
namespace rfmap::results {

inline constexpr std::string_view kFormat = "rfmap-2";
inline constexpr std::string_view kOldFormat = "rfmap-1";  ///< still read

/// A dataset. Its dimensions are named by their scales; a scale has itself as dimension.
struct Item {
  std::string_view name;
  h5::Type type;
  std::vector<std::string_view> dimensions;
  std::string_view long_name, units;
  bool map = false;  ///< chunked one map a chunk
  int since = 1;     ///< rfmap-N that brought it
};

const std::vector<Item>& root_items();      ///< scales that groups share
const std::vector<Item>& occluder_items();  ///< `patch` (the last) only with noise fill
const std::vector<Item>& image_items();
const std::vector<Item>& layer_scales();
/// A map a unit; gradient_field only with gradients, discrepancy only with kept maps.
const std::vector<Item>& map_items();

/// N of the file's format rfmap-N, of a file or any group in it. Throws h5::Failure.
int version_of(hid_t object);

/// Item of that name in a list.
const Item& item_of(const std::vector<Item>& items, std::string_view name);

/// The scale of a dimension in the group `bottom`: ranks there have their own, of another name,
/// because a dimension of the same name and another length hides its parent's (xarray refuses it).
std::string scale_name(std::string_view dimension, Ranking ranking);
inline constexpr std::string_view kBottomRank = "bottom_rank";
const Item& bottom_rank_item();

/// A length for each dimension's name.
struct Extents {
  std::vector<std::pair<std::string, hsize_t>> lengths;
  hsize_t of(std::string_view dimension) const;
};

/// Where scales are looked up: the group itself, then its parents.
struct Scope {
  hid_t group;
  const Scope* parent = nullptr;
  Ranking ranking = Ranking::top;
};

/// Makes an item's dataset with its attributes and attaches the scales of its dimensions. Items
/// with themselves as dimension become scales. `text_length` counts for texts.
h5::Dataset create_item(const Scope& scope, const Item& item, const Extents& extents,
                        std::size_t text_length = 0);

/// Group names of layers: "/" becomes ":", names that clash then get a suffix (_2, _3, ...).
std::vector<std::string> group_names(const std::vector<std::string>& layers);

inline constexpr std::array<std::string_view, 2> kAxis = {"y", "x"};
inline constexpr std::array<std::string_view, 2> kBound = {"low", "high"};
inline constexpr std::array<std::string_view, 4> kBoxSide = {"y0", "x0", "y1", "x1"};
inline constexpr std::array<std::string_view, 6> kGaussianParameter = {
    "amplitude", "dy", "dx", "sigma_major", "sigma_minor", "angle"};

}  // namespace rfmap::results
