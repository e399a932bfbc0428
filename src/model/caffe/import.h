#pragma once

#include <optional>
#include <string>
#include <unordered_map>
#include <vector>

#include "rfmap/model.h"

#include "model/builder.h"
#include "model/caffe/file.h"
#include "model/emit.h"

namespace rfmap::importing {

/// Information about the net's blobs, and the graph under construction.
class CaffeImport {
 public:
  explicit CaffeImport(const ModelFiles& files) : files_(files) {}

  Builder builder;

  const ModelFiles& files() const { return files_; }
  bool is_value(const std::string& blob) const { return values_.contains(blob); }
  const Value& value(const std::string& blob) const { return values_.at(blob); }
  /// Bottom `i` of a layer. Throws Damaged if nothing writes it.
  const Value& bottom(const CaffeLayer& layer, int i) const;
  const Value& only_bottom(const CaffeLayer& layer) const;
  /// Blob `i` of a layer's weights, of `count` numbers. Throws ModelError.
  Floats weights(const CaffeLayer& layer, int i, std::int64_t count) const;
  bool has_weights(const CaffeLayer& layer, int i) const { return i < int(layer.blobs.size()); }

  void set(const std::string& blob, Value value);
  void forget(const std::string& blob) { values_.erase(blob); }
  /// Blobs in the order of their first appearance.
  const std::vector<std::string>& blobs() const { return blobs_; }

 private:
  const ModelFiles& files_;
  std::unordered_map<std::string, Value> values_;
  std::vector<std::string> blobs_;
};

/// A node has its layer's name, never its blob's: in-place layers share the blob.
Label label(const CaffeLayer& layer);
/// Label of a helper node in front of the layer itself.
Label helper(const CaffeLayer& layer, const std::string& suffix);

/// Adds the nodes of one layer.
using CaffeHandler = void (*)(CaffeImport&, const CaffeLayer&);
using CaffeHandlers = std::unordered_map<std::string, CaffeHandler>;
const CaffeHandlers& caffe_arithmetic_handlers();
const CaffeHandlers& caffe_shape_handlers();
const CaffeHandlers& caffe_window_handlers();

}  // namespace rfmap::importing
