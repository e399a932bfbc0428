#include "results/h5/attribute_io.h"

#include <algorithm>
#include <cstdint>
#include <optional>
#include <span>
#include <string_view>
#include <type_traits>
#include <utility>
#include <variant>

#include <fmt/format.h>

#include "core/overloaded.h"
#include "results/h5/blocks.h"
#include "results/h5/dataset.h"

namespace rfmap::h5 {
namespace {

struct Content {
  hid_t file_type, memory_type;
  const void* data;
  hsize_t count;
  bool scalar;
};

void write_content(hid_t object, const std::string& name, const Content& c) {
  Space space(checked(c.scalar       ? H5Screate(H5S_SCALAR)
                      : c.count == 0 ? H5Screate(H5S_NULL)
                                     : H5Screate_simple(1, &c.count, nullptr),
                      "make the extent of attribute " + name));
  AttributeId attribute(
      checked(H5Acreate2(object, name.c_str(), c.file_type, space.get(), H5P_DEFAULT, H5P_DEFAULT),
              "make attribute " + name));
  if (c.count > 0)
    checked(H5Awrite(attribute.get(), c.memory_type, c.data), "write attribute " + name);
}

void write_packed(hid_t object, const std::string& name, std::span<const std::string_view> texts,
                  bool scalar) {
  const std::size_t length = longest(texts, 1);
  const Datatype type = text_type(length);
  const std::string block = packed(texts, length);
  write_content(object, name, {type.get(), type.get(), block.data(), texts.size(), scalar});
}

template <class T>
void write_numbers(hid_t object, const std::string& name, std::span<const T> values, bool scalar) {
  const bool whole = std::is_same_v<T, std::int64_t>;
  write_content(object, name,
                {whole ? H5T_STD_I64LE : H5T_IEEE_F64LE, native_type(type_of<T>()), values.data(),
                 values.size(), scalar});
}

struct OpenAttribute {
  AttributeId id;
  Datatype type;
  Space space;

  OpenAttribute(hid_t object, const std::string& name)
      : id(checked(H5Aopen(object, name.c_str(), H5P_DEFAULT), "open attribute " + name)),
        type(checked(H5Aget_type(id.get()), "get the type of attribute " + name)),
        space(checked(H5Aget_space(id.get()), "get an attribute's extent")) {}
  H5T_class_t kind() const { return H5Tget_class(type.get()); }
  /// Number of values; an attribute is stored as it is, so no more than the file is large.
  std::size_t count(hid_t object, const std::string& name) const {
    const auto n =
        std::size_t(checked(H5Sget_simple_extent_npoints(space.get()), "count an attribute"));
    const std::size_t each = std::max<std::size_t>(H5Tget_size(type.get()), 1);
    if (n > 0 && n > file_size(object) / each)
      throw Failure(
          "read attribute " + name,
          fmt::format("it declares {} values of {} bytes, more than the file has", n, each));
    return n;
  }
};

OpenAttribute open_attribute(hid_t object, const std::string& name, H5T_class_t wanted) {
  OpenAttribute attribute(object, name);
  if (attribute.kind() != wanted)
    throw Failure("read attribute " + name, "it is of another kind than expected");
  return attribute;
}

template <class T>
std::vector<T> read_vector(hid_t object, const std::string& name, H5T_class_t wanted) {
  const OpenAttribute attribute = open_attribute(object, name, wanted);
  std::vector<T> values(attribute.count(object, name));
  if (!values.empty())
    checked(H5Aread(attribute.id.get(), native_type(type_of<T>()), values.data()),
            "read attribute " + name);
  return values;
}

template <class T>
T single(const std::vector<T>& values, const std::string& name) {
  if (values.size() != 1)
    throw Failure("read attribute " + name, "it has not one value as expected");
  return values.front();
}

/// Nothing for kinds that this format does not write (references of dimension scales).
std::optional<Attribute> read_any(hid_t object, const std::string& name) {
  const OpenAttribute attribute(object, name);
  const bool scalar = H5Sget_simple_extent_type(attribute.space.get()) == H5S_SCALAR;
  const H5T_class_t kind = attribute.kind();
  if (kind == H5T_STRING && scalar) return read_text(object, name);
  if (kind == H5T_INTEGER && scalar) return read_integer(object, name);
  if (kind == H5T_INTEGER) return read_integers(object, name);
  if (kind == H5T_FLOAT && scalar) return read_number(object, name);
  if (kind == H5T_FLOAT) return read_numbers(object, name);
  return std::nullopt;
}

herr_t take_name(hid_t, const char* name, const H5A_info_t*, void* names) {
  static_cast<std::vector<std::string>*>(names)->push_back(name);
  return 0;
}

}  // namespace

void write_attribute(hid_t object, const std::string& name, const Attribute& value) {
  const auto write = core::Overloaded{[&](const std::string& text) {
                                        const std::string_view view = text;
                                        write_packed(object, name, std::span(&view, 1), true);
                                      },
                                      [&]<class T>(const std::vector<T>& list) {
                                        write_numbers(object, name, std::span(list), false);
                                      },
                                      [&]<core::OneOf<double, std::int64_t> T>(const T& number) {
                                        write_numbers(object, name, std::span(&number, 1), true);
                                      }};
  std::visit(write, value);
}

void write_attribute(hid_t object, const std::string& name, const std::vector<std::string>& texts) {
  write_packed(object, name, std::vector<std::string_view>(texts.begin(), texts.end()), false);
}

void write_attributes(hid_t object, const Attributes& attributes) {
  for (const auto& [name, value] : attributes) write_attribute(object, name, value);
}

bool has_attribute(hid_t object, const std::string& name) {
  return checked(H5Aexists(object, name.c_str()), "look for attribute " + name) > 0;
}

std::string read_text(hid_t object, const std::string& name) {
  return single(read_text_list(object, name), name);
}

std::int64_t read_integer(hid_t object, const std::string& name) {
  return single(read_integers(object, name), name);
}

double read_number(hid_t object, const std::string& name) {
  return single(read_numbers(object, name), name);
}

std::vector<std::int64_t> read_integers(hid_t object, const std::string& name) {
  return read_vector<std::int64_t>(object, name, H5T_INTEGER);
}

std::vector<double> read_numbers(hid_t object, const std::string& name) {
  return read_vector<double>(object, name, H5T_FLOAT);
}

std::vector<std::string> read_text_list(hid_t object, const std::string& name) {
  const OpenAttribute attribute = open_attribute(object, name, H5T_STRING);
  if (H5Tis_variable_str(attribute.type.get()) > 0)
    throw Failure("read attribute " + name, "its texts have no fixed length");
  const std::size_t length = H5Tget_size(attribute.type.get());
  std::string block(attribute.count(object, name) * length, '\0');
  if (!block.empty())
    checked(H5Aread(attribute.id.get(), attribute.type.get(), block.data()),
            "read attribute " + name);
  return unpacked(block, length);
}

Attributes read_attributes(hid_t object) {
  std::vector<std::string> names;
  checked(H5Aiterate2(object, H5_INDEX_CRT_ORDER, H5_ITER_INC, nullptr, take_name, &names),
          "list attributes");
  Attributes all;
  for (const std::string& name : names)
    if (std::optional<Attribute> value = read_any(object, name))
      all.emplace_back(name, std::move(*value));
  return all;
}

}  // namespace rfmap::h5
