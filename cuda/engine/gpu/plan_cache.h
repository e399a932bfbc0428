#pragma once

#include <map>
#include <string>

namespace rfmap::cuda {

/// Plans chosen by timing, kept in a text file of one device and library version: a line holds a
/// problem's key and its plan's name. Where the file cannot be written, choices last as long as
/// this. Several processes may append; the first line of a key counts.
class PlanCache {
 public:
  /// An empty path: nothing is kept on disk.
  explicit PlanCache(const std::string& path);
  /// Empty where none is known.
  std::string find(const std::string& key) const;
  void add(const std::string& key, const std::string& plan);

 private:
  std::string path_;
  std::map<std::string, std::string> plans_;
};

/// The file for a device and library version in RFMAP_CACHE, else XDG_CACHE_HOME/rfmap, else
/// ~/.cache/rfmap; empty where none of them is set.
std::string plan_cache_path(const std::string& device, const std::string& library);

}  // namespace rfmap::cuda
