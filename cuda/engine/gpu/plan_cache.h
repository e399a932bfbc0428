#pragma once

#include <map>
#include <string>

namespace rfmap::cuda {

/// Choices in a text file: a line holds a problem's key and its plan's name. Several processes may
/// append; the first line of a key counts, and a line that was cut off does not.
class PlanFile {
 public:
  PlanFile() = default;
  /// An empty path: nothing is kept on disk.
  explicit PlanFile(const std::string& path);
  /// Empty where none is known.
  std::string find(const std::string& key) const;
  /// Where the file cannot be written, the choice lasts as long as this.
  void add(const std::string& key, const std::string& plan);

 private:
  std::string path_;
  bool cut_off_ = false;
  std::map<std::string, std::string> plans_;
};

/// Plans chosen by timing on one device with one library version, kept for later runs, and beside a
/// run for its resumption.
class PlanCache {
 public:
  /// An empty folder: nothing is kept on disk.
  PlanCache(const std::string& folder, const std::string& name);
  /// A run's folder: what it names comes first, and whatever is found or added stands there too.
  void keep_also_in(const std::string& folder);
  /// Empty where none is known.
  std::string find(const std::string& key);
  void add(const std::string& key, const std::string& plan);

 private:
  std::string name_;
  PlanFile run_, all_;
};

/// RFMAP_CACHE, else XDG_CACHE_HOME/rfmap, else ~/.cache/rfmap; empty where none of them is set.
std::string plan_cache_folder();
/// The file's name for a device and library version.
std::string plan_cache_name(const std::string& device, const std::string& library);

}  // namespace rfmap::cuda
