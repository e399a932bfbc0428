#include "results/h5/attribute_io.h"

#include <algorithm>
#include <cstdint>

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

void write_text(hid_t object, const std::string& name, std::string text) {
  const Datatype type = text_type(text.size());
  text.resize(std::max<std::size_t>(text.size(), 1));
  write_content(object, name, {type.get(), type.get(), text.data(), 1, true});
}

template <class T>
void write_numbers(hid_t object, const std::string& name, const T* data, hsize_t count,
                   bool scalar) {
  const bool whole = std::is_same_v<T, std::int64_t>;
  write_content(
      object, name,
      {whole ? H5T_STD_I64LE : H5T_IEEE_F64LE, native_type(type_of<T>()), data, count, scalar});
}

AttributeId open_attribute(hid_t object, const std::string& name) {
  return AttributeId(checked(H5Aopen(object, name.c_str(), H5P_DEFAULT), "open attribute " + name));
}

hsize_t count_of(const AttributeId& attribute) {
  Space space(checked(H5Aget_space(attribute.get()), "get an attribute's extent"));
  return hsize_t(checked(H5Sget_simple_extent_npoints(space.get()), "count an attribute"));
}

void expect_class(const AttributeId& attribute, H5T_class_t wanted, const std::string& name) {
  Datatype type(checked(H5Aget_type(attribute.get()), "get the type of attribute " + name));
  if (H5Tget_class(type.get()) != wanted)
    throw Failure("read attribute " + name, "it is of another kind than expected");
}

template <class T>
std::vector<T> read_vector(hid_t object, const std::string& name, H5T_class_t wanted) {
  const AttributeId attribute = open_attribute(object, name);
  expect_class(attribute, wanted, name);
  std::vector<T> values(count_of(attribute));
  if (!values.empty())
    checked(H5Aread(attribute.get(), native_type(type_of<T>()), values.data()),
            "read attribute " + name);
  return values;
}

template <class T>
T single(const std::vector<T>& values, const std::string& name) {
  if (values.size() != 1)
    throw Failure("read attribute " + name, "it has not one value as expected");
  return values.front();
}

bool is_scalar(const AttributeId& attribute) {
  Space space(checked(H5Aget_space(attribute.get()), "get an attribute's extent"));
  return H5Sget_simple_extent_type(space.get()) == H5S_SCALAR;
}

/// Nothing for kinds that this format does not write (references of dimension scales).
void append_attribute(hid_t object, const std::string& name, Attributes& all) {
  const AttributeId attribute = open_attribute(object, name);
  Datatype type(checked(H5Aget_type(attribute.get()), "get the type of attribute " + name));
  const bool scalar = is_scalar(attribute);
  switch (H5Tget_class(type.get())) {
    case H5T_STRING:
      if (scalar) all.emplace_back(name, read_text(object, name));
      break;
    case H5T_INTEGER:
      if (scalar)
        all.emplace_back(name, read_integer(object, name));
      else
        all.emplace_back(name, read_integers(object, name));
      break;
    case H5T_FLOAT:
      if (scalar)
        all.emplace_back(name, read_number(object, name));
      else
        all.emplace_back(name, read_numbers(object, name));
      break;
    default:
      break;
  }
}

herr_t take_name(hid_t, const char* name, const H5A_info_t*, void* names) {
  static_cast<std::vector<std::string>*>(names)->push_back(name);
  return 0;
}

}  // namespace

void write_attribute(hid_t object, const std::string& name, const Attribute& value) {
  if (const auto* text = std::get_if<std::string>(&value)) write_text(object, name, *text);
  if (const auto* v = std::get_if<std::int64_t>(&value)) write_numbers(object, name, v, 1, true);
  if (const auto* v = std::get_if<double>(&value)) write_numbers(object, name, v, 1, true);
  if (const auto* v = std::get_if<std::vector<std::int64_t>>(&value))
    write_numbers(object, name, v->data(), v->size(), false);
  if (const auto* v = std::get_if<std::vector<double>>(&value))
    write_numbers(object, name, v->data(), v->size(), false);
}

void write_attribute(hid_t object, const std::string& name, const std::vector<std::string>& texts) {
  std::size_t length = 1;
  for (const std::string& text : texts) length = std::max(length, text.size());
  std::string block(texts.size() * length, '\0');
  for (std::size_t i = 0; i < texts.size(); ++i) texts[i].copy(&block[i * length], length);
  const Datatype type = text_type(length);
  write_content(object, name, {type.get(), type.get(), block.data(), texts.size(), false});
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
  const AttributeId attribute = open_attribute(object, name);
  expect_class(attribute, H5T_STRING, name);
  Datatype type(checked(H5Aget_type(attribute.get()), "get the type of attribute " + name));
  if (H5Tis_variable_str(type.get()) > 0)
    throw Failure("read attribute " + name, "its texts have no fixed length");
  const std::size_t length = H5Tget_size(type.get()), count = count_of(attribute);
  std::string block(count * length, '\0');
  if (count > 0)
    checked(H5Aread(attribute.get(), type.get(), block.data()), "read attribute " + name);
  std::vector<std::string> texts;
  for (std::size_t i = 0; i < count; ++i) {
    const std::string text = block.substr(i * length, length);
    texts.push_back(text.substr(0, text.find('\0')));
  }
  return texts;
}

Attributes read_attributes(hid_t object) {
  std::vector<std::string> names;
  checked(H5Aiterate2(object, H5_INDEX_CRT_ORDER, H5_ITER_INC, nullptr, take_name, &names),
          "list attributes");
  Attributes all;
  for (const std::string& name : names) append_attribute(object, name, all);
  return all;
}

}  // namespace rfmap::h5
