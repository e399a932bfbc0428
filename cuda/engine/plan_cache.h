#pragma once

#include <map>
#include <memory>
#include <mutex>
#include <string>

namespace rfmap::cuda {

/// Choices in a text file: each line holds a problem's key and its plan's name. Several processes
/// may append; the last line of a key counts, and a truncated line is ignored.
class PlanFile {
 public:
  PlanFile() = default;
  /// An empty path: nothing is kept on disk.
  explicit PlanFile(const std::string& path);
  /// Empty if no choice is known.
  std::string find(const std::string& key) const;
  /// Replaces an earlier choice. If the file cannot be written, the choice is kept for the lifetime
  /// of this object.
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
  /// stored there. Nothing changes where it is that folder already.
  void keep_also_in(const std::string& folder);
  /// Empty where none is known.
  std::string find(const std::string& key);
  void add(const std::string& key, const std::string& plan);
  /// For this run's resumption only.
  void keep_in_run(const std::string& key, const std::string& plan);

 private:
  std::string name_, run_folder_;
  PlanFile run_, all_;
};

/// The choices of devices of one kind in one process: what the first has chosen the others find, so
/// that all compute alike.
struct SharedPlanCache {
  SharedPlanCache(const std::string& folder, const std::string& name) : plans(folder, name) {}
  std::mutex one_at_a_time;  ///< held while a plan is looked for and chosen
  PlanCache plans;
};
/// The same one for the same folder and name while anyone has it.
std::shared_ptr<SharedPlanCache> shared_plan_cache(const std::string& folder,
                                                   const std::string& name);

/// A plan that the user has chosen for a problem; an empty name: none.
struct Pin {
  std::string plan;
  bool of_this_problem = false;  ///< named for it, not for all problems
};

/// Plans that the user has chosen, in a file as RFMAP_PLANS names it: lines of a problem's key (or
/// * for all problems) and a plan's name, or its engine alone (eng51); # begins a comment.
class PinnedPlans {
 public:
  PinnedPlans() = default;
  /// Throws ConfigError where the file cannot be read or a line is something else. An empty path:
  /// none are chosen.
  explicit PinnedPlans(const std::string& path);
  Pin find(const std::string& key) const;

 private:
  std::map<std::string, std::string> plans_;
};

/// Whether a plan has this name, or is of the engine of this name.
bool is_named(const std::string& plan, const std::string& name);

/// RFMAP_CACHE, else XDG_CACHE_HOME/rfmap, else ~/.cache/rfmap; empty if none of them is set.
std::string plan_cache_folder();
/// The file's name for a device and what chooses and runs its plans: cuDNN, its frontend, driver.
std::string plan_cache_name(const std::string& device, const std::string& library);
/// As RFMAP_PLANS says.
PinnedPlans pinned_plans();

}  // namespace rfmap::cuda
