#pragma once

#include <cstdint>
#include <string>
#include <unordered_map>

#include "model/caffe/file.h"
#include "model/emit.h"
#include "model/import.h"

namespace rfmap::importing {

class CaffeImport : public Import {
 public:
  using Import::Import;

  /// Bottom `i` of a layer. Throws Damaged if nothing writes it.
  const Value& bottom(const CaffeLayer& layer, int i) const;
  const Value& only_bottom(const CaffeLayer& layer) const;
  /// Blob `i` of a layer's weights, of `count` numbers. Throws ModelError. For theory without a
  /// file of weights a placeholder, null if `count` is large.
  Floats weights(const CaffeLayer& layer, int i, std::int64_t count) const;
  /// Throws Refusal, with what the layer does, unless rfmap theory reads the network.
  void expect_theory(const std::string& what) const;

 protected:
  StandIn stand_in(const FileNode& node, const std::string& output) const override;
};

/// A node has its layer's name, never its blob's: in-place layers share the blob.
Label label(const CaffeLayer& layer);
/// Label of a helper node in front of the layer itself.
Label helper(const CaffeLayer& layer, const std::string& suffix);

/// Adds the nodes of one layer; returns its first top.
using CaffeHandler = Value (*)(CaffeImport&, const CaffeLayer&);
using CaffeHandlers = std::unordered_map<std::string, CaffeHandler>;
const CaffeHandlers& caffe_arithmetic_handlers();
const CaffeHandlers& caffe_fork_handlers();
const CaffeHandlers& caffe_normalise_handlers();
const CaffeHandlers& caffe_pointwise_handlers();
const CaffeHandlers& caffe_shape_handlers();
const CaffeHandlers& caffe_window_handlers();

}  // namespace rfmap::importing
