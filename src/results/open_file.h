#pragma once

#include <algorithm>
#include <string>
#include <vector>

#include "rfmap/error.h"

#include "results/h5/dataset.h"
#include "results/h5/h5.h"
#include "results/remedies.h"

/// Files that are read: results, and parts of a run.
namespace rfmap::results {

[[noreturn]] void throw_damaged(const std::string& path, const h5::Failure& failure,
                                const char* remedy);

/// Runs `read`; its failures become a DataError that names the file.
template <class Read>
auto reading(const std::string& path, Read&& read, const char* remedy = kRepeat) {
  h5::silence();
  try {
    return read();
  } catch (const h5::Failure& failure) {
    throw_damaged(path, failure, remedy);
  }
}

/// Throws ConfigError if there is no such file or it may not be read.
void expect_readable(const std::string& path);

/// Opens a file to read. Throws ConfigError (no such file), DataError (not HDF5, cut off).
h5::File open_whole(const std::string& path);
/// The same for results files: format rfmap-2 or rfmap-1, and finished. Nothing more is checked.
h5::File open_finished(const std::string& path);
/// The same for results files that pass the gate (check.h): what every reader opens.
h5::File open_results(const std::string& path);

/// Attributes that all parts of a run have: kind, fingerprint, part.
void mark_part(hid_t file, const std::string& kind, const std::string& fingerprint, int part);
/// Opens a part of that kind and run. Throws DataError naming the file and the difference.
h5::File open_part(const std::string& path, const std::string& kind,
                   const std::string& fingerprint);

/// A complete dataset of `type` in one chunk; the first axis may have length 0.
template <class T>
void write_array(hid_t file, const std::string& name, const h5::Extent& extent,
                 const std::vector<T>& values, h5::Type type = h5::type_of<T>()) {
  h5::Layout layout{type, extent, extent};
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
