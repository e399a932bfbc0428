#pragma once

#include <functional>
#include <optional>
#include <string>
#include <vector>

namespace rfmap {

/// The settings of `rfmap report`.
struct ReportOptions {
  std::string results, out;
  std::string images_root;     ///< replaces the folder that held all images; empty: as recorded
  std::optional<int> top;      ///< images shown per unit; all K if not given
  std::optional<int> threads;  ///< all cores of the process if not given
  bool overwrite = false;      ///< replaces an existing report, and nothing else
  std::function<bool()> stop;  ///< asked between units
};

/// The result of writing a report.
struct ReportOutcome {
  int layers = 0, units = 0, images = 0;
  std::vector<std::string> missing;  ///< one sentence per image that could not be shown
};

/// The report of a results file: a folder of pages that any browser opens from disk, index.html
/// first. Needs the results and the images only; the pages name what is not stored and images that
/// are missing. Written under OUT.part and renamed when complete. Throws ConfigError (no such file,
/// OUT exists and may not be replaced), DataError (not rfmap-1, damaged), EngineError (disk full),
/// Interrupted.
ReportOutcome write_report(const ReportOptions& options);

}  // namespace rfmap
