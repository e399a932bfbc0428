#pragma once

#include <functional>
#include <map>
#include <memory>
#include <utility>
#include <vector>

#include "onednn/library.h"

namespace rfmap::onednn {

/// Network constants in the layouts that primitives ask for, shared by the programs of a session.
class Constants {
 public:
  explicit Constants(const dnnl::engine& engine) : engine_(engine) {}
  /// `numbers` lie as `given`; the memory lies as `wanted`.
  dnnl::memory get(const Floats& numbers, const Desc& given, const Desc& wanted);
  /// What `pack` makes of `numbers` seen in `groups`; made once.
  using Packed = std::shared_ptr<const std::vector<float>>;
  Packed packed(const Floats& numbers, int groups, const std::function<std::vector<float>()>& pack);
  std::size_t bytes() const { return bytes_; }

 private:
  struct Entry {
    Floats numbers;
    dnnl::memory memory;
  };
  dnnl::engine engine_;
  std::vector<Entry> entries_;
  std::map<std::pair<Floats, int>, Packed> packed_;
  std::size_t bytes_ = 0;  ///< of the reordered ones
};

}  // namespace rfmap::onednn
