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

}  // namespace rfmap
