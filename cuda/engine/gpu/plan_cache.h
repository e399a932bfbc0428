#pragma once

#include <map>
#include <string>

namespace rfmap::cuda {

/// Choices in a text file: each line holds a problem's key and its plan's name. Several processes
/// may append; the first line of a key counts, and a truncated line is ignored.
class PlanFile {
 public:
  PlanFile() = default;
  /// An empty path: nothing is kept on disk.
  explicit PlanFile(const std::string& path);
  /// Empty if no choice is known.
  std::string find(const std::string& key) const;
  /// If the file cannot be written, the choice is kept for the lifetime of this object.
  void add(const std::string& key, const std::string& plan);

 private:
  std::string path_;
  bool cut_off_ = false;
  std::map<std::string, std::string> plans_;
};

/// Plans chosen by timing on one device with one library version, stored for later runs, and in a
/// run's folder for its resumption.
class PlanCache {
 public:
  /// An empty folder: nothing is kept on disk.
  PlanCache(const std::string& folder, const std::string& name);
  /// Sets a run's folder: plans stored there have priority, and plans found or added are also
  /// stored there.
  void keep_also_in(const std::string& folder);
  /// Empty where none is known.
  std::string find(const std::string& key);
  void add(const std::string& key, const std::string& plan);

 private:
  std::string name_;
  PlanFile run_, all_;
};

/// RFMAP_CACHE, else XDG_CACHE_HOME/rfmap, else ~/.cache/rfmap; empty if none of them is set.
std::string plan_cache_folder();
/// The file's name for a device and library version.
std::string plan_cache_name(const std::string& device, const std::string& library);

}  // namespace rfmap::cuda
