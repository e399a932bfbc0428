#pragma once

#include <functional>
#include <optional>
#include <set>
#include <string>
#include <unordered_map>
#include <vector>

#include "rfmap/model.h"

namespace rfmap::importing {

/// Information about an omitted node of the file.
struct LostNode {
  std::string name, operation;
  std::vector<std::string> inputs, outputs;  ///< tensors
  bool is_layer = false;                     ///< a convolution or pooling
};

/// Runs `import`; returns the reason if the node cannot be imported and must be omitted. Throws
/// ModelError naming the node if the file is damaged. `resized`: the input has another size than
/// the file's own; nodes that cannot take it are omitted, so that the rest can be measured.
std::optional<std::string> refusal(const LostNode& node, bool resized,
                                   const std::function<void()>& import);

/// Records the nodes that could not be imported and those that depend on them.
class Losses {
 public:
  /// `node` itself cannot be imported. `reads`: names of imported nodes that it reads.
  void lose(const LostNode& node, const std::string& reason, const std::vector<std::string>& reads);
  /// True if `node` reads a lost tensor; it is then lost as well.
  bool pass_on(const LostNode& node, const std::vector<std::string>& reads);
  bool is_lost(const std::string& tensor) const { return roots_.contains(tensor); }
  const std::vector<Unsupported>& list() const { return list_; }

 private:
  void add(int root, const LostNode& node, const std::vector<std::string>& reads);
  std::vector<Unsupported> list_;
  std::unordered_map<std::string, std::set<int>> roots_;  ///< tensor -> indices into list_
};

}  // namespace rfmap::importing
