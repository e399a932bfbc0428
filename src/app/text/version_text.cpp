#include "app/text/version_text.h"

#include <CLI/Version.hpp>
#include <fmt/format.h>
#include <nlohmann/json.hpp>
#include <spdlog/version.h>

#include "rfmap/version.h"

#include "app/library_versions.h"

namespace rfmap::app {

std::string version_text() {
  std::string text = fmt::format("rfmap {}\n", kVersion);
  for (const auto& [library, version] : kLibraryVersions)
    text += fmt::format("  {:<14} {}\n", library, version);
  text += fmt::format("  {:<14} {}\n", "CLI11", CLI11_VERSION);
  text += fmt::format("  {:<14} {}.{}.{}\n", "fmt", FMT_VERSION / 10000, FMT_VERSION / 100 % 100,
                      FMT_VERSION % 100);
  text += fmt::format("  {:<14} {}.{}.{}\n", "spdlog", SPDLOG_VER_MAJOR, SPDLOG_VER_MINOR,
                      SPDLOG_VER_PATCH);
  text += fmt::format("  {:<14} {}.{}.{}\n", "JSON", NLOHMANN_JSON_VERSION_MAJOR,
                      NLOHMANN_JSON_VERSION_MINOR, NLOHMANN_JSON_VERSION_PATCH);
  return text;
}

}  // namespace rfmap::app
