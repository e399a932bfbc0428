#pragma once

#include <string>

#include "rfmap/method.h"

namespace rfmap::method {

/// The preset's values overridden by the explicit ones; the crop may still be open. Throws
/// ConfigError: neither given, unknown preset, as many means or standard deviations as no image has
/// channels.
Preprocessing resolve(const PreprocessingChoice& choice);

/// The presets with their values, for --help.
std::string describe_presets();

/// As results and identities hold it. from: throws DataError for what it does not understand.
std::string to_json(const Preprocessing& p);
Preprocessing preprocessing_from_json(const std::string& text);

}  // namespace rfmap::method
