#include "model/losses.h"

namespace rfmap::importing {

void Losses::add(int root, const FileNode& node, const std::vector<std::string>& reads) {
  Unsupported& entry = list_[root];
  entry.names.push_back(node.name);
  if (node.is_layer) entry.layers.push_back(node.name);
  for (const std::string& output : node.outputs) {
    if (output.empty()) continue;
    if (output != node.name) entry.names.push_back(output);
    roots_[output].insert(root);
  }
  entry.reads.insert(entry.reads.end(), reads.begin(), reads.end());
}

void Losses::lose(const FileNode& node, const std::string& reason,
                  const std::vector<std::string>& reads) {
  list_.push_back({node.name, node.operation, reason, {}, {}, {}});
  add(int(list_.size()) - 1, node, reads);
}

bool Losses::pass_on(const FileNode& node, const std::vector<std::string>& reads) {
  std::set<int> roots;
  for (const std::string& input : node.inputs)
    if (const auto found = roots_.find(input); found != roots_.end())
      roots.insert(found->second.begin(), found->second.end());
  for (const int root : roots) add(root, node, reads);
  return !roots.empty();
}

}  // namespace rfmap::importing
