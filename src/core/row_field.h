#pragma once

#include <functional>
#include <string>
#include <string_view>
#include <type_traits>
#include <utility>
#include <variant>
#include <vector>

#include "rfmap/geometry.h"

namespace rfmap::core {

using FieldValue = std::variant<std::string, bool, int, double>;
using FieldValues = std::vector<FieldValue>;

/// A field of a row of results, declared once: CSV, JSON and HDF5 iterate over a list of these.
template <class Row>
struct RowField {
  std::string name;  ///< key in JSON; column in CSV, or one column NAME_PART for each part
  std::function<FieldValues(const Row&)> values;
  std::vector<std::string_view> parts;  ///< none: a single value
  std::vector<std::string> columns;     ///< in CSV, where their names are others
  bool object = false;                  ///< several parts are an object in JSON, not an array
  bool in_json = true, in_csv = true;
  int csv_batch = 0;  ///< columns of later batches follow those of earlier ones
};

/// Numbers, flags and texts, sizes, and arrays of numbers.
template <class T>
FieldValues values_of(const T& value) {
  if constexpr (std::is_same_v<T, Size>)
    return {value.h, value.w};
  else if constexpr (std::is_arithmetic_v<T> || std::is_same_v<T, std::string>)
    return {value};
  else
    return FieldValues(value.begin(), value.end());
}

/// What `get` (a member, or a function of the row) gives; pairs have the parts y and x.
template <class Row, class Get>
RowField<Row> row_field(std::string name, Get get, int csv_batch = 0) {
  using T = std::decay_t<std::invoke_result_t<Get, const Row&>>;
  RowField<Row> field{std::move(name),
                      [get](const Row& row) { return values_of(std::invoke(get, row)); }};
  if constexpr (!std::is_arithmetic_v<T> && !std::is_same_v<T, std::string>)
    field.parts = {"y", "x"};
  field.csv_batch = csv_batch;
  return field;
}

}  // namespace rfmap::core
