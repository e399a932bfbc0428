#pragma once

#include <string>

#include "rfmap/method.h"

namespace rfmap::method {

/// The preset's values overridden by the explicit ones; the crop may still be open. Throws
/// ConfigError: neither given, unknown preset, as many means or standard deviations as no image has
/// channels.
Preprocessing resolve(const PreprocessingChoice& choice);

/// One sentence where the values are hardly what a network was trained with: means or deviations in
/// 0..1, or a scale and a deviation together. Otherwise empty.
std::string doubt_of(const Preprocessing& p);

/// The presets with their values, for --help.
std::string describe_presets();

/// As results and identities hold it. from: throws DataError for what it does not understand.
std::string to_json(const Preprocessing& p);
Preprocessing preprocessing_from_json(const std::string& text);

}  // namespace rfmap::method
