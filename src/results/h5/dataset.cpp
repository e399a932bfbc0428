#include "results/h5/dataset.h"

#include <algorithm>
#include <limits>
#include <utility>

#include <fmt/format.h>

#include "core/nan.h"
#include "results/h5/blocks.h"

namespace rfmap::h5 {
namespace {

struct TypeRow {
  Type type;
  std::string_view name;
  hid_t file, memory;
};

const auto& type_rows() {
  static const TypeRow rows[] = {
      {Type::uint8, "uint8", H5T_STD_U8LE, H5T_NATIVE_UINT8},
      {Type::uint16, "uint16", H5T_STD_U16LE, H5T_NATIVE_UINT16},
      {Type::int32, "int32", H5T_STD_I32LE, H5T_NATIVE_INT32},
      {Type::int64, "int64", H5T_STD_I64LE, H5T_NATIVE_INT64},
      {Type::float32, "float32", H5T_IEEE_F32LE, H5T_NATIVE_FLOAT},
      {Type::float64, "float64", H5T_IEEE_F64LE, H5T_NATIVE_DOUBLE},
      {Type::text, "string", H5I_INVALID_HID, H5I_INVALID_HID},
  };
  return rows;
}

const TypeRow& row_of(Type type) { return *std::ranges::find(type_rows(), type, &TypeRow::type); }

void set_filters(const Layout& layout, const Properties& p) {
  checked(H5Pset_chunk(p.get(), int(layout.chunk.size()), layout.chunk.data()), "set chunks");
  checked(H5Pset_shuffle(p.get()), "set shuffle");
  checked(H5Pset_deflate(p.get(), unsigned(layout.deflate)), "set deflate");
  checked(H5Pset_fletcher32(p.get()), "set checksums");
}

Properties creation_of(const Layout& layout) {
  Properties p(checked(H5Pcreate(H5P_DATASET_CREATE), "make dataset properties"));
  if (!layout.chunk.empty()) set_filters(layout, p);
  checked(H5Pset_obj_track_times(p.get(), false), "leave out times");
  if (layout.type == Type::float32 || layout.type == Type::float64)
    checked(H5Pset_fill_value(p.get(), H5T_NATIVE_FLOAT, &core::kNan), "set the fill value");
  return p;
}

Space block_of(const Dataset& dataset, const Slab& slab) {
  Space space(checked(H5Dget_space(dataset.get()), "get the extent"));
  checked(H5Sselect_hyperslab(space.get(), H5S_SELECT_SET, slab.start.data(), nullptr,
                              slab.count.data(), nullptr),
          "select a block");
  return space;
}

Space memory_of(const Slab& slab) {
  return Space(checked(H5Screate_simple(int(slab.count.size()), slab.count.data(), nullptr),
                       "make an extent"));
}

constexpr std::size_t kLongestText = 1 << 16;  // bytes of one that is read

/// Bytes of each text of a dataset that can be read safely.
std::size_t readable_length(const Dataset& dataset) {
  const Datatype stored(checked(H5Dget_type(dataset.get()), "get the type"));
  const std::size_t length = H5Tget_size(stored.get());
  const auto refuse = [&](const std::string& why) {
    throw Failure("read " + path_of(dataset.get()), why);
  };
  if (H5Tget_class(stored.get()) != H5T_STRING || H5Tis_variable_str(stored.get()) != 0)
    refuse("it does not hold texts of a fixed length");
  if (length < 1 || length > kLongestText) refuse(fmt::format("its texts have {} bytes", length));
  require_readable(dataset, sizeof(std::int32_t));  // as many numbers: texts stand beside such
  return length;
}

}  // namespace

std::string_view type_name(Type type) { return row_of(type).name; }
hid_t native_type(Type type) { return row_of(type).memory; }

Datatype text_type(std::size_t length) {
  Datatype type(checked(H5Tcopy(H5T_C_S1), "make a text type"));
  checked(H5Tset_size(type.get(), std::max<std::size_t>(length, 1)), "set a text's length");
  checked(H5Tset_strpad(type.get(), H5T_STR_NULLPAD), "set a text's padding");
  checked(H5Tset_cset(type.get(), H5T_CSET_ASCII), "set a text's coding");
  return type;
}

std::size_t volume(const Extent& extent) {
  std::size_t n = 1;
  for (hsize_t side : extent)
    if (__builtin_mul_overflow(n, std::size_t(side), &n))
      return std::numeric_limits<std::size_t>::max();
  return n;
}

Dataset create_dataset(hid_t parent, const std::string& name, const Layout& layout) {
  Extent limit = layout.extent;
  if (layout.grows) limit.front() = H5S_UNLIMITED;
  Space space(checked(H5Screate_simple(int(limit.size()), layout.extent.data(), limit.data()),
                      "make the extent of " + name));
  const Properties creation = creation_of(layout);
  Datatype text;
  if (layout.type == Type::text) text = text_type(layout.text_length);
  const hid_t type = layout.type == Type::text ? text.get() : row_of(layout.type).file;
  return Dataset(checked(
      H5Dcreate2(parent, name.c_str(), type, space.get(), H5P_DEFAULT, creation.get(), H5P_DEFAULT),
      "make " + name));
}

Dataset open_dataset(hid_t parent, const std::string& name) {
  Object object = open_object(parent, name);
  if (H5Iget_type(object.get()) != H5I_DATASET) throw Failure("open " + name, "it is no dataset");
  return Dataset(object.release());
}

Extent extent_of(const Dataset& dataset) {
  Space space(checked(H5Dget_space(dataset.get()), "get the extent"));
  const int rank = checked(H5Sget_simple_extent_ndims(space.get()), "get the rank");
  Extent extent(static_cast<std::size_t>(rank));
  if (rank > 0)
    checked(H5Sget_simple_extent_dims(space.get(), extent.data(), nullptr), "get the extent");
  return extent;
}

Extent chunk_of(const Dataset& dataset) {
  Properties p(checked(H5Dget_create_plist(dataset.get()), "get properties"));
  Extent chunk = extent_of(dataset);
  if (checked(int(H5Pget_layout(p.get())), "get the layout") == H5D_CHUNKED)
    checked(H5Pget_chunk(p.get(), int(chunk.size()), chunk.data()), "get the chunks");
  return chunk;
}

Type element_type(const Dataset& dataset) {
  Datatype type(checked(H5Dget_type(dataset.get()), "get the type"));
  if (H5Tget_class(type.get()) == H5T_STRING) return Type::text;
  for (const TypeRow& row : type_rows())
    if (row.type != Type::text && H5Tequal(type.get(), row.file) > 0) return row.type;
  throw Failure("get the type of " + path_of(dataset.get()), "none that this format has");
}

void write_slab(const Dataset& dataset, const Slab& slab, hid_t memory_type, const void* data) {
  const Space file = block_of(dataset, slab), memory = memory_of(slab);
  checked(H5Dwrite(dataset.get(), memory_type, memory.get(), file.get(), H5P_DEFAULT, data),
          "write " + path_of(dataset.get()));
}

void read_slab(const Dataset& dataset, const Slab& slab, hid_t memory_type, void* data) {
  require_blocks(dataset, slab);
  read_checked_slab(dataset, slab, memory_type, data);
}

void read_checked_slab(const Dataset& dataset, const Slab& slab, hid_t memory_type, void* data) {
  const Space file = block_of(dataset, slab), memory = memory_of(slab);
  checked(H5Dread(dataset.get(), memory_type, memory.get(), file.get(), H5P_DEFAULT, data),
          "read " + path_of(dataset.get()));
}

void require_readable(const Dataset& dataset, std::size_t element) {
  require_stored(dataset);
  const std::size_t values = volume(extent_of(dataset)), file = file_size(dataset.get());
  if (values > most_at_once(file) / element)
    throw Failure("read " + path_of(dataset.get()),
                  fmt::format("it declares {} values in a file of {} bytes", values, file));
}

std::size_t longest(std::span<const std::string_view> texts, std::size_t least) {
  for (const std::string_view text : texts) least = std::max(least, text.size());
  return least;
}

std::string packed(std::span<const std::string_view> texts, std::size_t length) {
  std::string block(texts.size() * length, '\0');
  for (std::size_t i = 0; i < texts.size(); ++i) texts[i].copy(&block[i * length], length);
  return block;
}

std::vector<std::string> unpacked(const std::string& block, std::size_t length) {
  std::vector<std::string> texts;
  for (std::size_t begin = 0; begin < block.size(); begin += length) {
    const std::string text = block.substr(begin, length);
    texts.push_back(text.substr(0, text.find('\0')));
  }
  return texts;
}

void write_texts(const Dataset& dataset, std::size_t length,
                 std::span<const std::string_view> texts, std::size_t first) {
  const Datatype type = text_type(length);
  for (std::size_t begin = 0; begin < texts.size(); begin += kTextBlock) {
    const auto block = texts.subspan(begin, std::min(kTextBlock, texts.size() - begin));
    write_slab(dataset, {{first + begin}, {block.size()}}, type.get(),
               packed(block, length).data());
  }
}

std::size_t length_of_list(const Dataset& dataset) {
  const Extent extent = extent_of(dataset);
  if (extent.size() != 1)
    throw Failure("read " + path_of(dataset.get()),
                  fmt::format("it has {} dimensions, not 1", extent.size()));
  return std::size_t(extent.front());
}

std::size_t values_at_once(const Dataset& dataset, std::size_t wanted) {
  const std::size_t block = std::max<std::size_t>(std::size_t(chunk_of(dataset).front()), 1);
  return std::max<std::size_t>(wanted / block, 1) * block;
}

void for_text_blocks(const Dataset& dataset,
                     const std::function<void(std::vector<std::string> texts)>& visit) {
  constexpr std::size_t kBytes = 1 << 22;
  const std::size_t length = readable_length(dataset), count = length_of_list(dataset);
  const std::size_t step = values_at_once(dataset, kBytes / length);
  const Datatype stored(checked(H5Dget_type(dataset.get()), "get the type"));
  for (std::size_t begin = 0; begin < count; begin += step) {
    std::string read(std::min(step, count - begin) * length, '\0');
    read_slab(dataset, {{begin}, {read.size() / length}}, stored.get(), read.data());
    for (std::size_t at = 0; at < read.size(); at += kTextBlock * length)
      visit(unpacked(read.substr(at, kTextBlock * length), length));
  }
}

std::vector<std::string> read_texts(const Dataset& dataset) {
  const std::size_t most = most_at_once(file_size(dataset.get()));
  std::vector<std::string> texts;
  std::size_t bytes = 0;
  for_text_blocks(dataset, [&](std::vector<std::string> block) {
    for (std::string& text : block) {
      bytes += sizeof(std::string) + text.size();
      texts.push_back(std::move(text));
    }
    if (bytes > most)
      throw Failure("read " + path_of(dataset.get()),
                    fmt::format("its texts have more than {} bytes", most));
  });
  return texts;
}

}  // namespace rfmap::h5
