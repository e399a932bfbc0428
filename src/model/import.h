#pragma once

#include <cstdint>
#include <functional>
#include <optional>
#include <set>
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

/// What stands for an output of a node that cannot be read, for theory.
struct StandIn {
  TheoryOnly op;
  std::optional<Dims> dims;  ///< its extents, if they are known
};

/// The graph under construction, and the tensors of the file that it computes.
class Import {
 public:
  explicit Import(const ModelFiles& files) : files_(files) {}
  virtual ~Import() = default;

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
  /// what it has added is removed. For theory a stand-in takes the place of a node that cannot be
  /// imported and depends on the image. Throws ModelError naming the node if the file is damaged.
  void add_node(const FileNode& node, const std::function<void()>& import);
  /// A declared output of the file, if it is a value that the graph can hold.
  void add_output(const std::string& tensor);
  Model finish();

 protected:
  /// For an output of a node that cannot be imported: by default it depends on all of every input,
  /// and its extents are not known.
  virtual StandIn stand_in(const FileNode& node, const std::string& output) const;
  /// The same, but first outputs of these operations on one value have its extents.
  StandIn stand_in_of(const FileNode& node, const std::string& output,
                      const std::set<std::string>& pointwise,
                      const std::set<std::string>& normalisations) const;
  /// The batch of the image's input, in the file.
  std::int64_t batch() const { return builder.samples(); }

 private:
  void alias_module(const FileNode& node);
  bool has_shape(const Value& value) const;
  std::optional<std::string> unreadable(const FileNode& node) const;
  StandIn settled(const FileNode& node, const std::string& output, const std::vector<Value>& inputs,
                  const std::string& reason) const;
  void add_stand_ins(const FileNode& node, const std::string& reason);
  const ModelFiles& files_;
  bool stands_in_ = false;  ///< some stand-in was added
  std::unordered_map<std::string, Value> values_;
};

}  // namespace rfmap::importing
