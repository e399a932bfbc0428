#pragma once

#include <set>
#include <string>
#include <unordered_map>
#include <vector>

#include "rfmap/model.h"

namespace rfmap::importing {

/// A node of the file.
struct FileNode {
  std::string name, operation;
  std::vector<std::string> inputs, outputs;  ///< tensors; "" for an omitted optional one
  bool is_layer = false;                     ///< a convolution or pooling
  std::string module, path;                  ///< as in Node
  const std::string& shown() const { return path.empty() ? name : path; }
};

/// Records the nodes that could not be imported and those that depend on them.
class Losses {
 public:
  /// `node` itself cannot be imported. `reads`: names of imported nodes that it reads.
  void lose(const FileNode& node, const std::string& reason, const std::vector<std::string>& reads);
  /// True if `node` reads a lost tensor; it is then lost as well.
  bool pass_on(const FileNode& node, const std::vector<std::string>& reads);
  bool is_lost(const std::string& tensor) const { return roots_.contains(tensor); }
  const std::vector<Unsupported>& list() const { return list_; }

 private:
  void add(int root, const FileNode& node, const std::vector<std::string>& reads);
  std::vector<Unsupported> list_;
  std::unordered_map<std::string, std::set<int>> roots_;  ///< tensor -> indices into list_
};

}  // namespace rfmap::importing
