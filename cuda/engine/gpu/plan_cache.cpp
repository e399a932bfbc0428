#include "engine/gpu/plan_cache.h"

#include <cctype>
#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <system_error>

namespace rfmap::cuda {
namespace {

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

PlanCache::PlanCache(const std::string& path) : path_(path) {
  std::ifstream file(path_);
  for (std::string key, plan; file >> key >> plan;) plans_.emplace(key, plan);
}

std::string PlanCache::find(const std::string& key) const {
  const auto plan = plans_.find(key);
  return plan == plans_.end() ? "" : plan->second;
}

void PlanCache::add(const std::string& key, const std::string& plan) {
  if (!plans_.emplace(key, plan).second || path_.empty()) return;
  std::error_code ignored;
  std::filesystem::create_directories(std::filesystem::path(path_).parent_path(), ignored);
  std::ofstream(path_, std::ios::app) << key + " " + plan + "\n" << std::flush;
}

std::string plan_cache_path(const std::string& device, const std::string& library) {
  std::string folder = setting("RFMAP_CACHE");
  if (folder.empty() && !setting("XDG_CACHE_HOME").empty())
    folder = setting("XDG_CACHE_HOME") + "/rfmap";
  if (folder.empty() && !setting("HOME").empty()) folder = setting("HOME") + "/.cache/rfmap";
  if (folder.empty()) return "";
  return folder + "/cudnn-plans-" + as_file_name(library) + "-" + as_file_name(device) + ".txt";
}

}  // namespace rfmap::cuda
