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

 private:
  std::unordered_set<std::string> taken_;
};

/// Shell pattern: * any characters, ? one, [a-z] or [!a-z] one of a set. A lone "[" is itself.
bool glob_match(const std::string& pattern, const std::string& text);
bool is_glob(const std::string& text);

/// The names nearest to `wanted` by edit distance, at most `count`, nearest first.
std::vector<std::string> nearest_names(const std::string& wanted,
                                       const std::vector<std::string>& names, int count);

/// 'a', 'b' and 'c'
std::string quoted_list(const std::vector<std::string>& names, const std::string& last_joint);

}  // namespace rfmap::importing
