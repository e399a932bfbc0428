#include "model/names.h"

#include <algorithm>

namespace rfmap::importing {

namespace {

std::string flat(std::string name) {
  std::replace(name.begin(), name.end(), '/', ':');
  return name;
}

}  // namespace

std::string UniqueNames::take(const std::string& wanted) {
  std::string name = wanted;
  for (int i = 2; !taken_.insert(flat(name)).second; ++i) name = wanted + "_" + std::to_string(i);
  return name;
}

void UniqueNames::release(const std::string& name) { taken_.erase(flat(name)); }

void add_new(std::vector<std::string>& list, const std::string& name) {
  if (std::find(list.begin(), list.end(), name) == list.end()) list.push_back(name);
}

std::string quoted_list(const std::vector<std::string>& names, const std::string& last_joint) {
  std::string text;
  for (std::size_t i = 0; i < names.size(); ++i) {
    if (i > 0) text += i + 1 == names.size() ? " " + last_joint + " " : ", ";
    text += "'" + names[i] + "'";
  }
  return text;
}

}  // namespace rfmap::importing
