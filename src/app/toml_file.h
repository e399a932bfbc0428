#pragma once

#include <map>
#include <string>
#include <vector>

#include "rfmap/attribute.h"

#include "app/option.h"

namespace rfmap::app {

/// Texts of the options that were given: by name, one an occurrence.
using Given = std::map<std::string, Texts>;

/// The options of a TOML file. Throws ConfigError: file that cannot be read, syntax with its line,
/// a key that is no option (with the nearest), a value of a kind that no option takes.
Given read_toml(const std::string& path, const std::vector<Option>& options);

/// The file that repeats the run: every option with its present value, without one as a comment.
std::string to_toml(const std::vector<Option>& options);

/// For the results: true and false as 1 and 0, lists of texts with commas between.
Attribute to_attribute(const OptionValue& value);

}  // namespace rfmap::app
