#include "model/losses.h"

namespace rfmap::importing {

void Losses::add(int root, const FileNode& node, const std::vector<std::string>& reads) {
  Unsupported& entry = list_[root];
  entry.names.push_back(node.name);
  if (!node.path.empty() && node.path != node.name) entry.names.push_back(node.path);
  if (!node.module.empty() && node.module != node.path) entry.names.push_back(node.module);
  const bool is_module = !node.module.empty() && node.operation.find("Conv") != std::string::npos;
  if (node.is_layer) entry.layers.push_back(is_module ? node.module : node.shown());
  for (const std::string& output : node.outputs) {
    if (output.empty()) continue;
    if (output != node.name) entry.names.push_back(output);
    roots_[output].insert(root);
  }
  entry.reads.insert(entry.reads.end(), reads.begin(), reads.end());
}

void Losses::lose(const FileNode& node, const std::string& reason,
                  const std::vector<std::string>& reads) {
  list_.push_back({node.name, node.operation, reason, {}, {}, {}, false});
  add(int(list_.size()) - 1, node, reads);
}

bool Losses::pass_on(const FileNode& node, const std::vector<std::string>& reads) {
  std::set<int> roots;
  for (const std::string& input : node.inputs)
    if (const auto found = roots_.find(input); found != roots_.end())
      roots.insert(found->second.begin(), found->second.end());
  for (const int root : roots) {
    add(root, node, reads);
    list_[root].is_read = true;
  }
  return !roots.empty();
}

}  // namespace rfmap::importing
