#include "onednn/layout.h"

namespace rfmap::onednn {
namespace {

/// What both versions of oneDNN tell about a layout.
struct Blocking {
  Dims strides;
  Dims blocks, axes;  ///< inner blocks and the axes that they divide
  std::size_t base = 0;
};

#if DNNL_VERSION_MAJOR >= 3
Blocking blocking_of(const Desc& desc) {
  return {desc.get_strides(), desc.get_inner_blks(), desc.get_inner_idxs(),
          std::size_t(desc.get_submemory_offset())};
}
#else
Blocking blocking_of(const Desc& desc) {
  const auto& b = desc.data.format_desc.blocking;
  return {Dims(b.strides, b.strides + desc.data.ndims),
          Dims(b.inner_blks, b.inner_blks + b.inner_nblks),
          Dims(b.inner_idxs, b.inner_idxs + b.inner_nblks), std::size_t(desc.data.offset0)};
}
#endif

}  // namespace

std::optional<Layout> layout_of(const Desc& desc) {
  const Blocking blocking = blocking_of(desc);
  if (blocking.strides.size() != 4 || blocking.blocks.size() > 1) return {};
  Layout layout;
  layout.base = blocking.base;
  for (int axis = 0; axis < 4; ++axis) layout.stride[axis] = std::size_t(blocking.strides[axis]);
  if (blocking.blocks.empty()) return layout;
  if (blocking.axes.front() != 1) return {};
  layout.block = std::size_t(blocking.blocks.front());
  return layout;
}

}  // namespace rfmap::onednn
