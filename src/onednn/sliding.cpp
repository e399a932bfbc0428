#include "onednn/sliding.h"

namespace rfmap::onednn {
namespace {

/// End padding that makes oneDNN's size rule give the node's size.
dnnl::memory::dim end_padding(int in, int out, int kernel, int stride, int dilation, int begin) {
  return (out - 1) * stride + (kernel - 1) * dilation + 1 - in - begin;
}

}  // namespace

Desc weights_desc(const Conv& op, int in_channels, Tag tag_dense, Tag tag_groups) {
  const int g = op.groups;
  if (g == 1) return describe({op.out_channels, in_channels, op.kernel.h, op.kernel.w}, tag_dense);
  return describe({g, op.out_channels / g, in_channels / g, op.kernel.h, op.kernel.w}, tag_groups);
}

Desc bias_desc_of(const Floats& bias) {
  return bias ? describe({dnnl::memory::dim(bias->size())}, Tag::x) : Desc();
}

std::vector<Desc> convolution_descs(const Conv& op, int batch, const Shape& in, const Shape& out,
                                    Tag layout) {
  return {describe({batch, in.c, in.h, in.w}, layout), weights_desc(op, in.c, Tag::any, Tag::any),
          bias_desc_of(op.bias), describe({batch, out.c, out.h, out.w}, layout)};
}

Sliding sliding_of(const Conv& op, const Shape& in, const Shape& out) {
  const Size &k = op.kernel, &s = op.stride, &d = op.dilation;
  return {{k.h, k.w},
          {s.h, s.w},
          {d.h - 1, d.w - 1},
          {op.pad.top, op.pad.left},
          {end_padding(in.h, out.h, k.h, s.h, d.h, op.pad.top),
           end_padding(in.w, out.w, k.w, s.w, d.w, op.pad.left)}};
}

}  // namespace rfmap::onednn
