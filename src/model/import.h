#pragma once

#include <functional>
#include <string>
#include <unordered_map>
#include <vector>

#include "rfmap/model.h"

#include "model/builder.h"
#include "model/losses.h"

namespace rfmap::importing {

/// An input of the file that is not a weight; 0 for an open extent.
struct DeclaredInput {
  Label label;
  Dims dims;
  bool is_float = true;
  InputLayout evident = InputLayout::automatic;  ///< as the operations that read it show
};

/// The graph under construction, and the tensors of the file that it computes.
class Import {
 public:
  explicit Import(const ModelFiles& files) : files_(files) {}

  Builder builder;
  Losses losses;

  const ModelFiles& files() const { return files_; }
  bool is_value(const std::string& tensor) const { return values_.contains(tensor); }
  const Value& value(const std::string& tensor) const { return values_.at(tensor); }
  void set(const std::string& tensor, Value value) { values_[tensor] = std::move(value); }

  /// Adds the input that takes the image, the first of rank 4; the others are lost. Throws
  /// ModelError without one or for open channels, ConfigError if height and width are open.
  void add_inputs(const std::vector<DeclaredInput>& inputs);
  /// Runs `import`, which adds a node of the file, or records why the node cannot be imported; then
  /// what it has added is removed. Throws ModelError naming the node if the file is damaged.
  void add_node(const FileNode& node, const std::function<void()>& import);
  /// A declared output of the file, if it is a value that the graph can hold.
  void add_output(const std::string& tensor);
  Model finish();

 private:
  void alias_module(const FileNode& node);
  const ModelFiles& files_;
  std::unordered_map<std::string, Value> values_;
};

}  // namespace rfmap::importing
