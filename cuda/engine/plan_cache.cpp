#include "engine/plan_cache.h"

#include <cctype>
#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <sstream>
#include <system_error>

#include "rfmap/error.h"

namespace rfmap::cuda {
namespace {

constexpr const char* kCutOff = " (cut off)\n";  // marks a line as invalid

std::string setting(const char* name) {
  const char* value = std::getenv(name);
  return value ? value : "";
}

std::string as_file_name(std::string text) {
  for (char& c : text)
    if (!std::isalnum(static_cast<unsigned char>(c)) && c != '.') c = '-';
  return text;
}

}  // namespace

PlanFile::PlanFile(const std::string& path) : path_(path) {
  std::ifstream file(path_);
  for (std::string line; std::getline(file, line);) {
    cut_off_ = file.eof();  // a process was killed while it wrote
    std::istringstream words(line);
    std::string key, plan, more;
    if (!cut_off_ && words >> key >> plan && !(words >> more)) plans_[key] = plan;
  }
}

std::string PlanFile::find(const std::string& key) const {
  const auto plan = plans_.find(key);
  return plan == plans_.end() ? "" : plan->second;
}

void PlanFile::add(const std::string& key, const std::string& plan) {
  std::string& known = plans_[key];
  if (known == plan) return;
  known = plan;
  if (path_.empty()) return;
  std::error_code ignored;
  std::filesystem::create_directories(std::filesystem::path(path_).parent_path(), ignored);
  const std::string line = (cut_off_ ? kCutOff : "") + key + " " + plan + "\n";
  std::ofstream(path_, std::ios::app) << line << std::flush;
  cut_off_ = false;
}

PlanCache::PlanCache(const std::string& folder, const std::string& name)
    : name_(name), all_(folder.empty() ? "" : folder + "/" + name) {}

void PlanCache::keep_also_in(const std::string& folder) {
  if (folder == run_folder_) return;
  run_folder_ = folder;
  run_ = PlanFile(folder + "/" + name_);
}

std::string PlanCache::find(const std::string& key) {
  if (std::string plan = run_.find(key); !plan.empty()) return plan;
  std::string plan = all_.find(key);
  if (!plan.empty()) run_.add(key, plan);
  return plan;
}

void PlanCache::add(const std::string& key, const std::string& plan) {
  run_.add(key, plan);
  all_.add(key, plan);
}

void PlanCache::keep_in_run(const std::string& key, const std::string& plan) {
  run_.add(key, plan);
}

std::shared_ptr<SharedPlanCache> shared_plan_cache(const std::string& folder,
                                                   const std::string& name) {
  static std::mutex guard;
  static std::map<std::string, std::weak_ptr<SharedPlanCache>> known;
  const std::lock_guard lock(guard);
  std::weak_ptr<SharedPlanCache>& entry = known[folder + "/" + name];
  auto cache = entry.lock();
  if (!cache) entry = cache = std::make_shared<SharedPlanCache>(folder, name);
  return cache;
}

PinnedPlans::PinnedPlans(const std::string& path) {
  if (path.empty()) return;
  std::ifstream file(path);
  if (!file) throw ConfigError("RFMAP_PLANS: " + path + " cannot be read");
  int number = 0;
  for (std::string line; std::getline(file, line);) {
    ++number;
    std::istringstream words(line.substr(0, line.find('#')));
    std::string key, plan, more;
    if (!(words >> key)) continue;
    if (!(words >> plan) || words >> more)
      throw ConfigError("RFMAP_PLANS: " + path + ":" + std::to_string(number) +
                        ": give a problem (or *) and a plan, as --verbose shows them");
    plans_[key] = plan;
  }
}

Pin PinnedPlans::find(const std::string& key) const {
  if (const auto own = plans_.find(key); own != plans_.end()) return {own->second, true};
  const auto all = plans_.find("*");
  return all == plans_.end() ? Pin{} : Pin{all->second, false};
}

bool is_named(const std::string& plan, const std::string& name) {
  return plan == name || (plan.starts_with(name + "_") && name.find('_') == std::string::npos);
}

PinnedPlans pinned_plans() { return PinnedPlans(setting("RFMAP_PLANS")); }

std::string plan_cache_folder() {
  if (std::string folder = setting("RFMAP_CACHE"); !folder.empty()) return folder;
  if (const std::string cache = setting("XDG_CACHE_HOME"); !cache.empty()) return cache + "/rfmap";
  const std::string home = setting("HOME");
  return home.empty() ? "" : home + "/.cache/rfmap";
}

std::string plan_cache_name(const std::string& device, const std::string& library) {
  return "cudnn-plans-" + as_file_name(library) + "-" + as_file_name(device) + ".txt";
}

}  // namespace rfmap::cuda
