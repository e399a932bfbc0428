#pragma once

#include <string>
#include <unordered_set>
#include <vector>

namespace rfmap::importing {

/// Makes names that stay distinct when "/" is written as ":" (as in the results file).
class UniqueNames {
 public:
  /// `wanted`, or `wanted` with a suffix _2, _3, ... if it is taken.
  std::string take(const std::string& wanted);
  /// A name that was taken is free again.
  void release(const std::string& name);

 private:
  std::unordered_set<std::string> taken_;
};

/// Appends a name that is not in the list yet.
void add_new(std::vector<std::string>& list, const std::string& name);
/// 'a', 'b' and 'c'
std::string quoted_list(const std::vector<std::string>& names, const std::string& last_joint);

}  // namespace rfmap::importing
