#include "results/h5/dataset.h"

#include <algorithm>

#include <fmt/format.h>

#include "core/nan.h"

namespace rfmap::h5 {
namespace {

struct TypeRow {
  Type type;
  std::string_view name;
  std::size_t size;
};
constexpr TypeRow kTypes[] = {
    {Type::uint8, "uint8", 1}, {Type::uint16, "uint16", 2},   {Type::int32, "int32", 4},
    {Type::int64, "int64", 8}, {Type::float32, "float32", 4}, {Type::float64, "float64", 8},
    {Type::text, "string", 1},
};

const TypeRow& row_of(Type type) {
  return *std::find_if(std::begin(kTypes), std::end(kTypes),
                       [&](const TypeRow& row) { return row.type == type; });
}

hid_t file_type(Type type) {
  switch (type) {
    case Type::uint8:
      return H5T_STD_U8LE;
    case Type::uint16:
      return H5T_STD_U16LE;
    case Type::int32:
      return H5T_STD_I32LE;
    case Type::int64:
      return H5T_STD_I64LE;
    case Type::float32:
      return H5T_IEEE_F32LE;
    case Type::float64:
      return H5T_IEEE_F64LE;
    case Type::text:
      break;
  }
  return H5I_INVALID_HID;
}

Properties creation_of(const Layout& layout) {
  Properties p(checked(H5Pcreate(H5P_DATASET_CREATE), "make dataset properties"));
  checked(H5Pset_chunk(p.get(), int(layout.chunk.size()), layout.chunk.data()), "set chunks");
  checked(H5Pset_shuffle(p.get()), "set shuffle");
  checked(H5Pset_deflate(p.get(), unsigned(layout.deflate)), "set deflate");
  checked(H5Pset_fletcher32(p.get()), "set checksums");
  checked(H5Pset_obj_track_times(p.get(), false), "leave out times");
  if (layout.type == Type::float32 || layout.type == Type::float64)
    checked(H5Pset_fill_value(p.get(), H5T_NATIVE_FLOAT, &kNan), "set the fill value");
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

std::string name_of(const Dataset& dataset) {
  char name[1024] = "a dataset";
  H5Iget_name(dataset.get(), name, sizeof name);
  return name;
}

constexpr std::size_t kTextBlock = 4096;

}  // namespace

std::string_view type_name(Type type) { return row_of(type).name; }
std::size_t type_size(Type type) { return row_of(type).size; }

hid_t native_type(Type type) {
  switch (type) {
    case Type::uint8:
      return H5T_NATIVE_UINT8;
    case Type::uint16:
      return H5T_NATIVE_UINT16;
    case Type::int32:
      return H5T_NATIVE_INT32;
    case Type::int64:
      return H5T_NATIVE_INT64;
    case Type::float32:
      return H5T_NATIVE_FLOAT;
    case Type::float64:
      return H5T_NATIVE_DOUBLE;
    case Type::text:
      break;
  }
  return H5I_INVALID_HID;
}

Datatype text_type(std::size_t length) {
  Datatype type(checked(H5Tcopy(H5T_C_S1), "make a text type"));
  checked(H5Tset_size(type.get(), std::max<std::size_t>(length, 1)), "set a text's length");
  checked(H5Tset_strpad(type.get(), H5T_STR_NULLPAD), "set a text's padding");
  checked(H5Tset_cset(type.get(), H5T_CSET_ASCII), "set a text's coding");
  return type;
}

std::size_t volume(const Extent& extent) {
  std::size_t n = 1;
  for (hsize_t side : extent) n *= std::size_t(side);
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
  const hid_t type = layout.type == Type::text ? text.get() : file_type(layout.type);
  return Dataset(checked(
      H5Dcreate2(parent, name.c_str(), type, space.get(), H5P_DEFAULT, creation.get(), H5P_DEFAULT),
      "make " + name));
}

Dataset open_dataset(hid_t parent, const std::string& name) {
  const Properties access = within_file(H5P_DATASET_ACCESS);
  return Dataset(checked(H5Dopen2(parent, name.c_str(), access.get()), "open " + name));
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
  for (const TypeRow& row : kTypes)
    if (row.type != Type::text && H5Tequal(type.get(), file_type(row.type)) > 0) return row.type;
  throw Failure("get the type of " + name_of(dataset), "none that this format has");
}

void write_slab(const Dataset& dataset, const Slab& slab, hid_t memory_type, const void* data) {
  const Space file = block_of(dataset, slab), memory = memory_of(slab);
  checked(H5Dwrite(dataset.get(), memory_type, memory.get(), file.get(), H5P_DEFAULT, data),
          "write " + name_of(dataset));
}

void read_slab(const Dataset& dataset, const Slab& slab, hid_t memory_type, void* data) {
  const Space file = block_of(dataset, slab), memory = memory_of(slab);
  checked(H5Dread(dataset.get(), memory_type, memory.get(), file.get(), H5P_DEFAULT, data),
          "read " + name_of(dataset));
}

void write_texts(const Dataset& dataset, std::size_t length, const TextAt& text) {
  const std::size_t count = volume(extent_of(dataset));
  length = std::max<std::size_t>(length, 1);
  const Datatype type = text_type(length);
  for (std::size_t begin = 0; begin < count; begin += kTextBlock) {
    const std::size_t n = std::min(kTextBlock, count - begin);
    std::string block(n * length, '\0');
    for (std::size_t i = 0; i < n; ++i) text(begin + i).copy(&block[i * length], length);
    write_slab(dataset, {{begin}, {n}}, type.get(), block.data());
  }
}

void require_stored(const Dataset& dataset, std::size_t bytes) {
  constexpr std::size_t kDeflate = 1032, kSmall = 1 << 20;
  const std::size_t stored = H5Dget_storage_size(dataset.get());
  if (bytes > kSmall && bytes / kDeflate > stored)
    throw Failure("read " + name_of(dataset),
                  fmt::format("it declares {} bytes, and {} are stored", bytes, stored));
}

std::vector<std::string> read_texts(const Dataset& dataset) {
  Datatype stored(checked(H5Dget_type(dataset.get()), "get the type"));
  const std::size_t length = H5Tget_size(stored.get());
  const std::size_t count = volume(extent_of(dataset));
  require_stored(dataset, count * length);
  std::vector<std::string> texts;
  texts.reserve(count);
  for (std::size_t begin = 0; begin < count; begin += kTextBlock) {
    const std::size_t n = std::min(kTextBlock, count - begin);
    std::string block(n * length, '\0');
    read_slab(dataset, {{begin}, {n}}, stored.get(), block.data());
    for (std::size_t i = 0; i < n; ++i) {
      const std::string text = block.substr(i * length, length);
      texts.push_back(text.substr(0, text.find('\0')));
    }
  }
  return texts;
}

}  // namespace rfmap::h5
