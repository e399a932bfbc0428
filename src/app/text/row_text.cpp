#include "app/text/row_text.h"

#include <cmath>

#include "core/overloaded.h"

namespace rfmap::app {

using namespace core;

Row csv_columns(const std::string& name, const std::vector<std::string_view>& parts) {
  if (parts.empty()) return {name};
  Row columns;
  for (std::string_view part : parts) columns.push_back(name + "_" + std::string(part));
  return columns;
}

Row csv_cells(const FieldValues& values, const std::string& missing) {
  const Overloaded text{[](const std::string& v) { return v; },
                        [](int v) { return std::to_string(v); },
                        [](bool v) { return std::string(v ? "1" : "0"); },
                        [&](double v) { return std::isnan(v) ? missing : number(v); }};
  Row cells;
  for (const FieldValue& value : values) cells.push_back(std::visit(text, value));
  return cells;
}

nlohmann::ordered_json json_value(const FieldValues& values,
                                  const std::vector<std::string_view>& keys) {
  const auto one = [](const FieldValue& value) {
    return std::visit([](const auto& v) { return nlohmann::ordered_json(v); }, value);
  };
  if (values.size() == 1) return one(values.front());
  nlohmann::ordered_json json;
  for (std::size_t i = 0; i < values.size(); ++i)
    if (keys.empty())
      json.push_back(one(values[i]));
    else
      json[std::string(keys[i])] = one(values[i]);
  return json;
}

}  // namespace rfmap::app
