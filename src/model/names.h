#pragma once

#include <string>
#include <unordered_set>
#include <vector>

namespace rfmap::importing {

/// Hands out names that stay apart when "/" is written as ":" (as the results file does).
class UniqueNames {
 public:
  /// `wanted`, or `wanted` with a suffix _2, _3, ... where it is taken.
  std::string take(const std::string& wanted);

 private:
  std::unordered_set<std::string> taken_;
};

/// 'a', 'b' and 'c'
std::string quoted_list(const std::vector<std::string>& names, const std::string& last_joint);

}  // namespace rfmap::importing
