#pragma once

#include <map>
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

/// Runs whose files have a dataset.
enum class Runs { all, with_gradient, with_kept_maps };

/// A dataset. Its dimensions are named by their scales; a scale has itself as dimension.
struct Item {
  std::string_view name;
  h5::Type type;
  std::vector<std::string_view> dimensions;
  std::string_view long_name, units;
  int since = 1;          ///< rfmap-N that brought it
  bool one_map = false;   ///< chunked one map a chunk
  Runs runs = Runs::all;  ///< for datasets per unit
  bool is_scale() const { return dimensions.front() == name; }
};

const std::vector<Item>& root_items();      ///< scales that groups share
const std::vector<Item>& occluder_items();  ///< `patch` (the last) only with noise fill
const std::vector<Item>& image_items();
const Item& image_label_item();  ///< only where an image has a label
const std::vector<Item>& layer_scales();

/// Texts of a scale at the root: axis, bound, box_side, gaussian_parameter; none for others.
std::vector<std::string_view> labels_of(std::string_view scale);

/// N of the file's format rfmap-N, of a file or any group in it. Throws h5::Failure.
int version_of(hid_t object);

/// Item of that name in a list.
const Item& item_of(const std::vector<Item>& items, std::string_view name);

/// The scale of a dimension in the group `bottom`: ranks there have their own, of another name,
/// because a dimension of the same name and another length hides its parent's (xarray refuses it).
std::string scale_name(std::string_view dimension, Ranking ranking);
inline constexpr std::string_view kBottomRank = "bottom_rank";
const Item& bottom_rank_item();

/// A length for each dimension's name but those of labels_of().
using Extents = std::map<std::string, hsize_t, std::less<>>;
hsize_t length_of(const Extents& extents, std::string_view dimension);

/// Nearest scale of that name, from the group (its path) upwards to the root; empty where there is
/// none.
h5::Dataset nearest_scale(hid_t file, std::string group, const std::string& name);

/// A group in which datasets are made, and whose ranks it holds.
struct Scope {
  hid_t group = H5I_INVALID_HID;
  Ranking ranking = Ranking::top;
};

/// Makes an item's dataset with its attributes and attaches the scales of its dimensions. Items
/// with themselves as dimension become scales. `text_length` counts for texts.
h5::Dataset create_item(const Scope& scope, const Item& item, const Extents& extents,
                        std::size_t text_length = 0);

/// Group names of layers: "/" becomes ":", names that clash then get a suffix (_2, _3, ...).
std::vector<std::string> group_names(const std::vector<std::string>& layers);

}  // namespace rfmap::results
