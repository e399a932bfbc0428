#include "rfmap/attribute.h"

#include <algorithm>
#include <type_traits>

#include <fmt/format.h>
#include <fmt/ranges.h>

namespace rfmap {

const Attribute* find_attribute(const Attributes& attributes, const std::string& name) {
  const auto at = std::ranges::find(attributes, name, &Attributes::value_type::first);
  return at == attributes.end() ? nullptr : &at->second;
}

std::string recorded_text(const Attributes& attributes, const std::string& name,
                          const std::string& fallback) {
  const Attribute* attribute = find_attribute(attributes, name);
  if (!attribute) return fallback;
  return std::visit(
      [](const auto& v) -> std::string {
        using T = std::decay_t<decltype(v)>;
        if constexpr (std::is_same_v<T, std::string>)
          return v;
        else if constexpr (std::is_arithmetic_v<T>)
          return fmt::format("{}", v);
        else
          return fmt::format("{}", fmt::join(v, ", "));
      },
      *attribute);
}

void set_attribute(Attributes& attributes, const std::string& name, const Attribute& value) {
  const auto at = std::ranges::find(attributes, name, &Attributes::value_type::first);
  if (at == attributes.end())
    attributes.emplace_back(name, value);
  else
    at->second = value;
}

}  // namespace rfmap
