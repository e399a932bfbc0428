#include <algorithm>
#include <cstdint>

#include <hdf5_hl.h>

#include "results/check.h"
#include "results/h5/attribute_io.h"

namespace rfmap::results {
namespace {

std::string place_of(const Place& place, const Item& item) {
  return (place.group.empty() ? "" : place.group + "/") + std::string(item.name);
}

/// Nearest scale of that name, from the group upwards to the root; empty where there is none.
h5::Dataset nearest_scale(hid_t file, std::string group, const std::string& name) {
  while (true) {
    const std::string path = group.empty() ? name : group + "/" + name;
    if (h5::exists(file, path)) return h5::open_dataset(file, path);
    if (group.empty()) return {};
    const std::size_t cut = group.rfind('/');
    group = cut == std::string::npos ? "" : group.substr(0, cut);
    if (group == "layers") group.clear();
  }
}

void check_text(hid_t object, const char* name, std::string_view wanted, const std::string& place,
                Problems& problems) {
  if (!h5::has_attribute(object, name))
    problems.add(place, std::string("has no attribute ") + name);
  else if (const std::string held = h5::read_text(object, name); held != wanted)
    problems.add(place, std::string("attribute ") + name + " is \"" + held + "\", not \"" +
                            std::string(wanted) + "\"");
}

bool check_filters(const h5::Dataset& dataset, const std::string& place, Problems& problems) {
  h5::Properties p(h5::checked(H5Dget_create_plist(dataset.get()), "get properties"));
  for (H5Z_filter_t wanted : {H5Z_FILTER_SHUFFLE, H5Z_FILTER_DEFLATE, H5Z_FILTER_FLETCHER32}) {
    unsigned flags = 0;
    std::size_t values = 0;
    if (H5Pget_filter_by_id2(p.get(), wanted, &flags, &values, nullptr, 0, nullptr, nullptr) < 0) {
      problems.add(place, "is stored without shuffle, deflate and checksums");
      return false;
    }
  }
  return true;
}

void check_scales(hid_t file, const Place& place, const Item& item, const h5::Dataset& dataset,
                  Problems& problems) {
  const std::string where = place_of(place, item);
  const h5::Extent extent = h5::extent_of(dataset);
  if (extent.size() != item.dimensions.size()) {
    problems.add(where, "has " + std::to_string(extent.size()) + " dimensions, not " +
                            std::to_string(item.dimensions.size()));
    return;
  }
  if (item.dimensions.front() == item.name) {
    if (H5DSis_scale(dataset.get()) <= 0) problems.add(where, "is not a dimension scale");
    return;
  }
  for (unsigned i = 0; i < extent.size(); ++i) {
    const std::string name = scale_name(item.dimensions[i], place.ranking);
    const h5::Dataset scale = nearest_scale(file, place.group, name);
    if (scale.get() < 0) {
      problems.add(where,
                   "the scale " + name + " of dimension " + std::to_string(i) + " is missing");
      continue;
    }
    const hsize_t length = h5::volume(h5::extent_of(scale));
    if (length != extent[i])
      problems.add(where, "dimension " + std::to_string(i) + " has length " +
                              std::to_string(extent[i]) + ", its scale " + name + " " +
                              std::to_string(length));
  }
}

std::string describe(const h5::Extent& start) {
  std::string text;
  for (hsize_t s : start) text += (text.empty() ? "[" : ", ") + std::to_string(s);
  return text + "]";
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

/// The chunk indices of HDF5 1.8 have no checksums: a damaged one may lose a chunk, which then
/// reads as fill values, or have its filters skipped. Empty when the stored chunk is as it should
/// be.
std::string stored_badly(const h5::Dataset& dataset, const h5::Extent& start) {
  hsize_t size = 0;
  if (H5Dget_chunk_storage_size(dataset.get(), start.data(), &size) < 0 || size == 0)
    return "is missing";
  std::vector<char> bytes(size);
  std::uint32_t skipped_filters = 0;
  h5::checked(
      H5Dread_chunk(dataset.get(), H5P_DEFAULT, start.data(), &skipped_filters, bytes.data()),
      "read a stored block");
  return skipped_filters == 0 ? "" : "is damaged (its filters are switched off)";
}

void read_chunks(const h5::Dataset& dataset, const std::string& place, Problems& problems) {
  const h5::Extent extent = h5::extent_of(dataset), chunk = h5::chunk_of(dataset);
  if (h5::volume(extent) == 0) {
    problems.add(place, "is empty");
    return;
  }
  h5::Datatype stored(h5::checked(H5Dget_type(dataset.get()), "get the type"));
  std::vector<char> bytes(h5::volume(chunk) * H5Tget_size(stored.get()));
  h5::Extent start(extent.size(), 0);
  do {
    h5::Slab slab{start, chunk};
    for (std::size_t i = 0; i < extent.size(); ++i)
      slab.count[i] = std::min(chunk[i], extent[i] - start[i]);
    std::string fault;
    try {
      h5::read_slab(dataset, slab, stored.get(), bytes.data());
      fault = stored_badly(dataset, start);
    } catch (const h5::Failure& failure) {
      fault = "is damaged (" + failure.reason + ")";
    }
    if (!fault.empty()) problems.add(place, "the block at " + describe(start) + " " + fault);
  } while (advance(start, chunk, extent));
}

void check_item(hid_t file, const Place& place, const Item& item, Problems& problems) {
  const std::string where = place_of(place, item);
  if (!h5::exists(file, where)) {
    problems.add(where, "is missing");
    return;
  }
  const h5::Dataset dataset = h5::open_dataset(file, where);
  const h5::Type type = h5::element_type(dataset);
  if (type != item.type)
    problems.add(where, "is of type " + std::string(h5::type_name(type)) + ", not " +
                            std::string(h5::type_name(item.type)));
  check_text(dataset.get(), "long_name", item.long_name, where, problems);
  check_text(dataset.get(), "units", item.units, where, problems);
  check_scales(file, place, item, dataset, problems);
  if (check_filters(dataset, where, problems)) read_chunks(dataset, where, problems);
}

/// Called by HDF5, so nothing may be thrown.
herr_t compare_scale(hid_t, unsigned, hid_t scale, void* wanted) {
  H5O_info_t info;
  if (H5Oget_info(scale, &info) < 0) return -1;
  return info.addr == *static_cast<haddr_t*>(wanted) ? 1 : 0;
}

/// Asks the dataset alone. H5DSis_attached walks the scale's list of all its datasets too, which
/// takes minutes where thousands share it.
bool is_attached(const h5::Dataset& dataset, const h5::Dataset& scale, unsigned dimension) {
  H5O_info_t info;
  h5::checked(H5Oget_info(scale.get(), &info), "find the address of a scale");
  haddr_t wanted = info.addr;
  return H5DSiterate_scales(dataset.get(), dimension, nullptr, compare_scale, &wanted) == 1;
}

void check_attached_to(hid_t file, const Place& place, const Item& item, Problems& problems) {
  const std::string where = place_of(place, item);
  if (item.dimensions.front() == item.name || !h5::exists(file, where)) return;
  const h5::Dataset dataset = h5::open_dataset(file, where);
  for (unsigned i = 0; i < item.dimensions.size(); ++i) {
    const std::string name = scale_name(item.dimensions[i], place.ranking);
    const h5::Dataset scale = nearest_scale(file, place.group, name);
    if (scale.get() >= 0 && !is_attached(dataset, scale, i))
      problems.add(where, "dimension " + std::to_string(i) + " has no scale " + name);
  }
}

}  // namespace

void check_place(hid_t file, const Place& place, Problems& problems) {
  if (!place.group.empty() && !h5::exists(file, place.group)) {
    problems.add(place.group, "is missing");
    return;
  }
  for (const Item& item : place.items)
    problems.attempt(place_of(place, item), [&] { check_item(file, place, item, problems); });
}

void check_attached(hid_t file, const Place& place, Problems& problems) {
  if (!place.group.empty() && !h5::exists(file, place.group)) return;
  for (const Item& item : place.items)
    problems.attempt(place_of(place, item),
                     [&] { check_attached_to(file, place, item, problems); });
}

}  // namespace rfmap::results
