#pragma once

#include <map>
#include <string>
#include <vector>

#include "method/option.h"

namespace rfmap::method {

/// Texts of the options that were given: by name, one per occurrence.
using GivenOptions = std::map<std::string, Texts>;

/// The options of a TOML file. Throws ConfigError: file that cannot be read, syntax with its line,
/// a key that is no option (with the nearest), a value of a kind that no option takes.
GivenOptions read_toml(const std::string& path, const std::vector<Option>& options);

/// The file that repeats the run: every option with its present value, without one as a comment.
std::string to_toml(const std::vector<Option>& options);

}  // namespace rfmap::method
