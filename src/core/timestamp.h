#pragma once

#include <string>

namespace rfmap::core {

/// Now, or the environment's SOURCE_DATE_EPOCH (seconds, for files that repeat byte for byte), as
/// ISO 8601 in UTC.
std::string timestamp();

}  // namespace rfmap::core
