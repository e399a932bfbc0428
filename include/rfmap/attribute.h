#pragma once

#include <cstdint>
#include <string>
#include <utility>
#include <variant>
#include <vector>

namespace rfmap {

/// A named value: an attribute of a results file, or an option.
using Attribute =
    std::variant<std::string, double, std::int64_t, std::vector<std::int64_t>, std::vector<double>>;
using Attributes = std::vector<std::pair<std::string, Attribute>>;

/// The value of that name, or null.
const Attribute* find_attribute(const Attributes& attributes, const std::string& name);

/// It as text; `fallback` where there is none.
std::string recorded_text(const Attributes& attributes, const std::string& name,
                          const std::string& fallback = "");

/// Replaces the value of that name, or adds it.
void set_attribute(Attributes& attributes, const std::string& name, const Attribute& value);

}  // namespace rfmap
