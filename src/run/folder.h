#pragma once

#include <filesystem>
#include <string>
#include <utility>
#include <vector>

namespace rfmap::run {

using Identity = std::vector<std::pair<std::string, std::string>>;

std::string fingerprint_of(const Identity& identity);
/// Throws ConfigError unless equal: "WHOSE that differs in --stride (3 there, 6 here); HINT".
void require_same(const Identity& there, const Identity& here, const std::string& whose,
                  const char* hint);
Identity from_json(const std::string& text);

/// OUT.parts: what an unfinished run has committed. run.json ties it to the run by a fingerprint of
/// everything that changes results; parts are files that were renamed when whole.
class RunFolder {
 public:
  /// What happens to an unfinished run that is there.
  enum class Existing { refuse, resume, overwrite };
  /// Opens or creates the folder. One of another identity is not resumed: ConfigError naming the
  /// first difference.
  RunFolder(std::filesystem::path path, const Identity& identity, Existing existing);

  const std::filesystem::path& path() const { return path_; }
  const std::string& fingerprint() const { return fingerprint_; }
  /// Choices that timing or memory made are made once per run: 0 when it is not made yet.
  int recorded_choice(const std::string& name) const;
  void record_choice(const std::string& name, int value);

  /// What a part holds of its pairs: change maps or gradients.
  enum class Part { map, gradient };
  std::string scan_part(int block) const;
  std::string part(Part kind, int index) const;
  /// Committed ones, part 0 first.
  std::vector<std::string> parts(Part kind) const;
  /// Removes committed parts.
  void drop_parts(Part kind);
  void drop_scan();
  /// After the results file stands under its name.
  void remove();
  /// What a run that was killed while it removed its folder has left; other runs' stays.
  static void remove_left_over(const std::filesystem::path& path, const Identity& identity);

 private:
  std::filesystem::path path_;
  std::string fingerprint_;
};

}  // namespace rfmap::run
