#pragma once

#include <functional>
#include <string>
#include <vector>

namespace rfmap::core {

/// A text broken at white space into lines that `fits` accepts; a word that is too long has a line
/// of its own. At least one line.
std::vector<std::string> wrapped(const std::string& text,
                                 const std::function<bool(const std::string&)>& fits);

}  // namespace rfmap::core
