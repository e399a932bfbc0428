#include "model/losses.h"

#include "model/constant.h"

namespace rfmap::importing {
namespace {

/// The message with the file's name of the operation (the shape rule uses its own name).
std::string located(const LostNode& node, const std::string& sentence) {
  const std::string start = "node '" + node.name + "'";
  std::string rest = sentence;
  if (const std::size_t colon = rest.find("): ");
      rest.starts_with(start + " (") && colon != std::string::npos)
    rest.erase(0, colon + 3);
  return start + " (" + node.operation + "): " + rest;
}

}  // namespace

std::optional<std::string> refusal(const LostNode& node, bool resized,
                                   const std::function<void()>& import) {
  try {
    import();
    return std::nullopt;
  } catch (const Refusal& reason) {
    return reason.what();
  } catch (const Damaged& damage) {
    throw ModelError(located(node, damage.what()));
  } catch (const ModelError& misfit) {
    if (!resized) throw ModelError(located(node, misfit.what()));
    return misfit.what();
  }
}

void Losses::add(int root, const LostNode& node, const std::vector<std::string>& reads) {
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

void Losses::lose(const LostNode& node, const std::string& reason,
                  const std::vector<std::string>& reads) {
  list_.push_back({node.name, node.operation, reason, {}, {}, {}});
  add(int(list_.size()) - 1, node, reads);
}

bool Losses::pass_on(const LostNode& node, const std::vector<std::string>& reads) {
  std::set<int> roots;
  for (const std::string& input : node.inputs)
    if (const auto found = roots_.find(input); found != roots_.end())
      roots.insert(found->second.begin(), found->second.end());
  for (const int root : roots) add(root, node, reads);
  return !roots.empty();
}

}  // namespace rfmap::importing
