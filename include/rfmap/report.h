#pragma once

#include <functional>
#include <optional>
#include <string>
#include <vector>

namespace rfmap {

/// What `rfmap report` was told.
struct ReportOptions {
  std::string results, out;
  std::string images_root;     ///< stands for the folder that held all images; empty: as recorded
  std::optional<int> top;      ///< images shown of each unit; all K if not given
  std::optional<int> threads;  ///< all cores of the process if not given
  bool overwrite = false;      ///< replaces a report, and nothing but a report
  std::function<bool()> stop;  ///< asked between units
};

/// What was written.
struct ReportOutcome {
  int layers = 0, units = 0, images = 0;
  std::vector<std::string> missing;  ///< one sentence an image that could not be shown
};

/// The report of a results file: a folder of pages that any browser opens from disk, index.html
/// first. Needs the results and the images only; what is not stored, and images that are not
/// there, are said on the pages. Written under OUT.part and renamed when whole. Throws ConfigError
/// (no such file, OUT exists and is not to be replaced), DataError (not rfmap-1, damaged),
/// EngineError (disk full), Interrupted.
ReportOutcome write_report(const ReportOptions& options);

}  // namespace rfmap
