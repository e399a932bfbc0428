#include <algorithm>
#include <map>
#include <optional>

#include <fmt/format.h>
#include <fmt/ranges.h>
#include <hdf5_hl.h>

#include "results/check.h"
#include "results/h5/attribute_io.h"
#include "results/h5/blocks.h"

namespace rfmap::results {
namespace {

/// Lengths of a place's scales, each looked up once.
class ScaleLengths {
 public:
  ScaleLengths(hid_t file, const Place& place) : file_(file), place_(place) {}
  /// Nothing where there is no such scale.
  std::optional<hsize_t> of(const std::string& name) {
    const auto known = known_.find(name);
    if (known != known_.end()) return known->second;
    const h5::Dataset scale = nearest_scale(file_, "/" + place_.group, name);
    std::optional<hsize_t> length;
    if (scale.get() >= 0) length = h5::volume(h5::extent_of(scale));
    return known_[name] = length;
  }

 private:
  hid_t file_;
  const Place& place_;
  std::map<std::string, std::optional<hsize_t>> known_;
};

/// A dataset that is there, and what it should be.
struct Look {
  hid_t file;
  ScaleLengths& scales;
  const Place& place;
  const Item& item;
  Problems& problems;
  std::string where;
  h5::Dataset dataset;

  void add(const std::string& what) const { problems.add(where, what); }
  std::string scale(unsigned i) const { return scale_name(item.dimensions[i], place.ranking); }
  /// Empty where there is none.
  h5::Dataset nearest(const std::string& scale) const {
    return nearest_scale(file, "/" + place.group, scale);
  }
};

/// Runs `check` on each dataset of a place; what is not there is added to `missing`.
void look_at(hid_t file, const Place& place, Problems& problems, Problems& missing,
             void (*check)(const Look&)) {
  if (!place.group.empty() && !h5::exists(file, place.group))
    return missing.add(place.group, "is missing");
  ScaleLengths scales(file, place);
  for (const Item& item : place.items) {
    const std::string where =
        (place.group.empty() ? "" : place.group + "/") + std::string(item.name);
    problems.attempt(where, [&] {
      if (!h5::exists(file, where)) return missing.add(where, "is missing");
      check({file, scales, place, item, problems, where, h5::open_dataset(file, where)});
    });
  }
}

void check_text(const Look& look, const char* name, std::string_view wanted) {
  const hid_t object = look.dataset.get();
  if (!h5::has_attribute(object, name))
    look.add(fmt::format("has no attribute {}", name));
  else if (const std::string held = h5::read_text(object, name); held != wanted)
    look.add(fmt::format("attribute {} is \"{}\", not \"{}\"", name, held, wanted));
}

/// Descriptions may have grown since: the beginning is enough.
void check_description(const Look& look) {
  const hid_t object = look.dataset.get();
  const bool held = h5::has_attribute(object, "long_name");
  const std::string text = held ? h5::read_text(object, "long_name") : "";
  if (text.empty() || !look.item.long_name.starts_with(text))
    check_text(look, "long_name", look.item.long_name);
}

void check_scales(const Look& look) {
  const h5::Extent extent = h5::extent_of(look.dataset);
  if (extent.size() != look.item.dimensions.size())
    return look.add(
        fmt::format("has {} dimensions, not {}", extent.size(), look.item.dimensions.size()));
  for (unsigned i = 0; i < extent.size() && !look.item.is_scale(); ++i) {
    const std::string name = look.scale(i);
    const std::optional<hsize_t> length = look.scales.of(name);
    if (!length)
      look.add(fmt::format("the scale {} of dimension {} is missing", name, i));
    else if (*length != extent[i])
      look.add(
          fmt::format("dimension {} has length {}, its scale {} {}", i, extent[i], name, *length));
  }
}

/// Moves `start` to the next chunk, last axis first; false at the end.
bool advance(h5::Extent& start, const h5::Extent& chunk, const h5::Extent& extent) {
  for (std::size_t axis = extent.size(); axis-- > 0;) {
    start[axis] += chunk[axis];
    if (start[axis] < extent[axis]) return true;
    start[axis] = 0;
  }
  return false;
}

/// What is wrong with a block. The chunk indices of HDF5 1.8 have no checksums: a damaged one may
/// lose a block, which then reads as fill values, or have its filters skipped.
std::string read_block(const h5::Dataset& dataset, const h5::Slab& slab, hid_t type,
                       std::vector<char>& bytes) {
  try {
    std::string fault = h5::block_fault(dataset, slab.start);
    if (fault.empty()) h5::read_checked_slab(dataset, slab, type, bytes.data());
    return fault;
  } catch (const h5::Failure& failure) {
    return "is damaged (" + failure.reason + ")";
  }
}

void read_chunks(const Look& look) {
  const h5::Dataset& dataset = look.dataset;
  const h5::Extent extent = h5::extent_of(dataset), chunk = h5::chunk_of(dataset);
  const h5::Datatype stored(h5::checked(H5Dget_type(dataset.get()), "get the type"));
  std::vector<char> bytes(h5::volume(chunk) * H5Tget_size(stored.get()));
  h5::Extent start(extent.size(), 0);
  do {
    h5::Slab slab{start, chunk};
    for (std::size_t i = 0; i < extent.size(); ++i)
      slab.count[i] = std::min(chunk[i], extent[i] - start[i]);
    const std::string fault = read_block(dataset, slab, stored.get(), bytes);
    if (!fault.empty())
      look.add(fmt::format("the block at [{}] {}", fmt::join(start, ", "), fault));
  } while (advance(start, chunk, extent));
}

/// Adds what is wrong with type, shape and storage; true if there is nothing.
bool has_form(const Look& look) {
  const std::size_t before = look.problems.count();
  const h5::Type type = h5::element_type(look.dataset);
  if (type != look.item.type)
    look.add(
        fmt::format("is of type {}, not {}", h5::type_name(type), h5::type_name(look.item.type)));
  check_scales(look);
  if (h5::volume(h5::extent_of(look.dataset)) == 0) look.add("is empty");
  const std::string fault = h5::storage_fault(look.dataset);
  if (!fault.empty()) look.add(fault);
  return look.problems.count() == before;
}

void check_item(const Look& look) {
  const bool sound = has_form(look);
  check_description(look);
  check_text(look, "units", look.item.units);
  if (look.item.is_scale() && H5DSis_scale(look.dataset.get()) <= 0)
    look.add("is not a dimension scale");
  if (sound) read_chunks(look);
}

/// Called by HDF5, so nothing may be thrown.
herr_t compare_scale(hid_t, unsigned, hid_t scale, void* wanted) {
  H5O_info_t info;
  if (H5Oget_info(scale, &info) < 0) return -1;
  return info.addr == *static_cast<haddr_t*>(wanted) ? 1 : 0;
}

/// A list of references for each of its dimensions: of an attribute of another kind the library
/// would take numbers for addresses.
bool lists_scales(const h5::Dataset& dataset) {
  constexpr const char* kList = "DIMENSION_LIST";
  if (H5Aexists(dataset.get(), kList) <= 0) return false;
  const h5::AttributeId list(H5Aopen(dataset.get(), kList, H5P_DEFAULT));
  const h5::Datatype type(H5Aget_type(list.get()));
  if (H5Tget_class(type.get()) != H5T_VLEN) return false;
  const h5::Datatype each(H5Tget_super(type.get()));
  const h5::Space lists(H5Aget_space(list.get())), of(H5Dget_space(dataset.get()));
  return H5Tequal(each.get(), H5T_STD_REF_OBJ) > 0 &&
         H5Sget_simple_extent_npoints(lists.get()) == H5Sget_simple_extent_ndims(of.get());
}

/// Asks the dataset alone. H5DSis_attached walks the scale's list of all its datasets too, which
/// takes minutes where thousands share it.
bool is_attached(const h5::Dataset& dataset, const h5::Dataset& scale, unsigned dimension) {
  H5O_info_t info;
  h5::checked(H5Oget_info(scale.get(), &info), "find the address of a scale");
  haddr_t wanted = info.addr;
  return lists_scales(dataset) &&
         H5DSiterate_scales(dataset.get(), dimension, nullptr, compare_scale, &wanted) == 1;
}

void check_attached_scales(const Look& look) {
  if (look.item.is_scale()) return;
  for (unsigned i = 0; i < look.item.dimensions.size(); ++i) {
    const h5::Dataset scale = look.nearest(look.scale(i));
    if (scale.get() >= 0 && !is_attached(look.dataset, scale, i))
      look.add(fmt::format("dimension {} has no scale {}", i, look.scale(i)));
  }
}

}  // namespace

void check_form(hid_t file, const Place& place, Problems& problems) {
  look_at(file, place, problems, problems, [](const Look& look) { has_form(look); });
}

void check_place(hid_t file, const Place& place, Problems& problems) {
  look_at(file, place, problems, problems, check_item);
}

void check_attached(hid_t file, const Place& place, Problems& problems, Problems& said) {
  look_at(file, place, problems, said, check_attached_scales);
}

}  // namespace rfmap::results
