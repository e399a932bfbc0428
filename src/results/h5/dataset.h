#pragma once

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <functional>
#include <span>
#include <string>
#include <string_view>
#include <type_traits>
#include <vector>

#include "results/h5/h5.h"

namespace rfmap::h5 {

/// Element types of datasets; little-endian in files. `text`: fixed length, null-padded, tagged
/// ASCII (Octave reads no other), holding UTF-8 bytes.
enum class Type { uint8, uint16, int32, int64, float32, float64, text };

std::string_view type_name(Type type);
template <class T>
constexpr Type type_of() {
  if constexpr (std::is_same_v<T, std::uint8_t>) return Type::uint8;
  if constexpr (std::is_same_v<T, std::uint16_t>) return Type::uint16;
  if constexpr (std::is_same_v<T, std::int32_t>) return Type::int32;
  if constexpr (std::is_same_v<T, std::int64_t>) return Type::int64;
  if constexpr (std::is_same_v<T, float>) return Type::float32;
  if constexpr (std::is_same_v<T, double>) return Type::float64;
}
/// In memory. Text has no native type of its own: see text_type().
hid_t native_type(Type type);
Datatype text_type(std::size_t length);

using Extent = std::vector<hsize_t>;

/// Layout of a new dataset: blocks with shuffle, deflate and Fletcher-32 checksums; as it is where
/// `chunk` is empty.
struct Layout {
  Type type = Type::float32;
  Extent extent, chunk;
  std::size_t text_length = 0;  ///< bytes per element, for text
  int deflate = 4;
  bool grows = false;  ///< the first axis may be extended
};

/// Floats that are never written read as NaN.
Dataset create_dataset(hid_t parent, const std::string& name, const Layout& layout);
Dataset open_dataset(hid_t parent, const std::string& name);

Extent extent_of(const Dataset& dataset);
Extent chunk_of(const Dataset& dataset);
/// Throws Failure for types that this format does not know.
Type element_type(const Dataset& dataset);

/// A block of a dataset.
struct Slab {
  Extent start, count;
};

void write_slab(const Dataset& dataset, const Slab& slab, hid_t memory_type, const void* data);
/// Throws Failure; no block that the slab touches is expanded before it is checked.
void read_slab(const Dataset& dataset, const Slab& slab, hid_t memory_type, void* data);
/// The same without that check.
void read_checked_slab(const Dataset& dataset, const Slab& slab, hid_t memory_type, void* data);

template <class T>
void write_slab(const Dataset& dataset, const Slab& slab, std::span<const T> data) {
  write_slab(dataset, slab, native_type(type_of<T>()), data.data());
}
template <class T>
void write_all(const Dataset& dataset, const std::vector<T>& data) {
  const Extent extent = extent_of(dataset);
  write_slab(dataset, {Extent(extent.size(), 0), extent}, std::span<const T>(data));
}

/// The largest number where it would be larger.
std::size_t volume(const Extent& extent);

template <class T>
std::vector<T> read_slab(const Dataset& dataset, const Slab& slab) {
  std::vector<T> data(volume(slab.count));
  read_slab(dataset, slab, native_type(type_of<T>()), data.data());
  return data;
}
/// Throws Failure where what is stored is not what the extent declares (blocks.h), or is more than
/// is read at once, before memory is allocated for it.
void require_readable(const Dataset& dataset, std::size_t element);
template <class T>
std::vector<T> read_all(const Dataset& dataset) {
  const Extent extent = extent_of(dataset);
  require_readable(dataset, sizeof(T));
  return read_slab<T>(dataset, {Extent(extent.size(), 0), extent});
}

/// Bytes of the longest text, at least `least`.
std::size_t longest(std::span<const std::string_view> texts, std::size_t least);
/// Texts one behind the other, each padded with zeros to `length` bytes, and the reverse.
std::string packed(std::span<const std::string_view> texts, std::size_t length);
std::vector<std::string> unpacked(const std::string& block, std::size_t length);
inline constexpr std::size_t kTextBlock = 4096;  ///< texts written and read at a time
/// Texts `first`, first + 1, ... of a one-dimensional dataset of texts of `length` bytes.
void write_texts(const Dataset& dataset, std::size_t length,
                 std::span<const std::string_view> texts, std::size_t first = 0);
std::vector<std::string> read_texts(const Dataset& dataset);
/// Throws Failure for a dataset that has not one dimension.
std::size_t length_of_list(const Dataset& dataset);
/// About `wanted` values of a list, in whole stored blocks, so that none is expanded twice.
std::size_t values_at_once(const Dataset& dataset, std::size_t wanted);
/// visit(texts) for all texts of a list, block by block. Throws Failure as require_readable does,
/// and for other types than texts of a fixed length.
void for_text_blocks(const Dataset& dataset,
                     const std::function<void(std::vector<std::string> texts)>& visit);
/// visit(values) for all values of a list, block by block. Throws Failure as require_readable does.
template <class T, class Visit>
void for_blocks(const Dataset& dataset, const Visit& visit) {
  constexpr std::size_t kBlock = 65536;
  require_readable(dataset, sizeof(T));
  const std::size_t count = length_of_list(dataset), step = values_at_once(dataset, kBlock);
  for (std::size_t first = 0; first < count; first += step)
    visit(read_slab<T>(dataset, {{first}, {std::min(step, count - first)}}));
}

}  // namespace rfmap::h5
