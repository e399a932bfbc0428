#pragma once

#include <algorithm>
#include <string>
#include <vector>

#include "rfmap/error.h"

#include "results/h5/dataset.h"
#include "results/h5/h5.h"

/// Attributes that all parts of a run have: kind, fingerprint, part.
namespace rfmap::results {

void mark_part(hid_t file, const std::string& kind, const std::string& fingerprint, int part);

/// Opens a part of that kind and run. Throws DataError naming the file and the difference.
h5::File open_part(const std::string& path, const std::string& kind,
                   const std::string& fingerprint);

[[noreturn]] void throw_damaged_part(const std::string& path, const h5::Failure& failure);

template <class Read>
auto reading_part(const std::string& path, Read&& read) {
  h5::silence();
  try {
    return read();
  } catch (const h5::Failure& failure) {
    throw_damaged_part(path, failure);
  }
}

/// A complete dataset in one chunk; the first axis may have length 0.
template <class T>
void write_array(hid_t file, const std::string& name, const h5::Extent& extent,
                 const std::vector<T>& values) {
  h5::Layout layout{h5::type_of<T>(), extent, extent};
  layout.chunk.front() = std::max<hsize_t>(extent.front(), 1);
  layout.deflate = 1;
  layout.grows = true;
  const h5::Dataset dataset = h5::create_dataset(file, name, layout);
  if (!values.empty()) h5::write_all(dataset, values);
}

template <class T>
std::vector<T> read_array(hid_t file, const std::string& name, std::size_t wanted) {
  std::vector<T> values = h5::read_all<T>(h5::open_dataset(file, name));
  if (values.size() != wanted)
    throw h5::Failure("read " + name, "it has " + std::to_string(values.size()) + " values, not " +
                                          std::to_string(wanted));
  return values;
}

}  // namespace rfmap::results
