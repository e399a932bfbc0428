#include "core/timestamp.h"

#include <cstdlib>
#include <ctime>

#include <fmt/chrono.h>

namespace rfmap::core {

std::string timestamp() {
  const char* const fixed = std::getenv("SOURCE_DATE_EPOCH");
  const std::time_t time = fixed ? std::time_t(std::atoll(fixed)) : std::time(nullptr);
  return fmt::format("{:%Y-%m-%dT%H:%M:%SZ}", fmt::gmtime(time));
}

}  // namespace rfmap::core
