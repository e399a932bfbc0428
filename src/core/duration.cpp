#include "core/duration.h"

#include <cmath>

#include <fmt/format.h>

namespace rfmap::core {

std::string format_duration(double seconds) {
  const auto s = std::llround(seconds);
  if (seconds < 10) return fmt::format("{:.1f} s", seconds);
  if (s < 100) return fmt::format("{} s", s);
  if (s < 3600) return fmt::format("{} min {} s", s / 60, s % 60);
  return fmt::format("{} h {} min", s / 3600, s % 3600 / 60);
}

}  // namespace rfmap::core
