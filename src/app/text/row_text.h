#pragma once

#include <algorithm>
#include <iterator>
#include <string>
#include <vector>

#include <nlohmann/json.hpp>

#include "app/text/text_output.h"
#include "core/row_field.h"

/// CSV and JSON of rows whose fields are declared (core/row_field.h).
namespace rfmap::app {

Row csv_columns(const std::string& name, const std::vector<std::string_view>& parts);
/// `missing` stands for NaN.
Row csv_cells(const core::FieldValues& values, const std::string& missing);
/// NaN becomes null.
nlohmann::ordered_json json_value(const core::FieldValues& values,
                                  const std::vector<std::string_view>& keys);

/// The columns' names, then one row a record; of numbers that are NaN `missing`.
template <class Field, class Records>
std::vector<Row> rows_of(const std::vector<Field>& fields, const Records& records,
                         const std::string& missing = "") {
  std::vector<const Field*> columns;
  for (const Field& field : fields)
    if (field.in_csv) columns.push_back(&field);
  std::ranges::stable_sort(columns, {}, &Field::csv_batch);
  std::vector<Row> lines(1);
  for (const Field* f : columns)
    std::ranges::copy(f->columns.empty() ? csv_columns(f->name, f->parts) : f->columns,
                      std::back_inserter(lines[0]));
  for (const auto& record : records) {
    Row& line = lines.emplace_back();
    for (const Field* f : columns)
      std::ranges::copy(csv_cells(f->values(record), missing), std::back_inserter(line));
  }
  return lines;
}

/// One object; keys in the order of the fields.
template <class Field, class Record>
nlohmann::ordered_json json_of(const std::vector<Field>& fields, const Record& record) {
  nlohmann::ordered_json object;
  for (const Field& f : fields)
    if (f.in_json)
      object[f.name] = json_value(f.values(record), f.object ? f.parts : decltype(f.parts)());
  return object;
}

}  // namespace rfmap::app
