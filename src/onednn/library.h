#pragma once

#include <optional>
#include <string>
#include <vector>

#include <oneapi/dnnl/dnnl.hpp>

#include "rfmap/graph.h"

/// oneDNN's primitives as functions, so that what differs between its versions 2 and 3 is here and
/// in layout.cpp only. All run forward, for inference, but one.
namespace rfmap::onednn {

using Desc = dnnl::memory::desc;
using Dims = dnnl::memory::dims;
using Tag = dnnl::memory::format_tag;

/// fp32 tensors.
Desc describe(const Dims& dims, Tag tag);
Dims dims_of(const Desc& desc);
inline float* floats(const dnnl::memory& memory) {
  return static_cast<float*>(memory.get_data_handle());
}
/// [N, C, H, W] in plain order.
Desc plain_desc(int batch, const Shape& shape);
/// [N, C, H, W] with channels in blocks as wide as this machine's vectors.
Desc blocked_desc(int batch, const Shape& shape);

/// How a kernel slides, rows then columns; dilation as oneDNN counts it (0: dense).
struct Sliding {
  Dims kernel, stride, dilation, begin, end;
};

/// `bias` may be a zero descriptor. An implementation that keeps the order of its sums where oneDNN
/// has one (prefer_order).
dnnl::convolution_forward::primitive_desc convolution(const dnnl::engine& engine,
                                                      const std::vector<Desc>& src_weights_bias_dst,
                                                      const Sliding& sliding,
                                                      const dnnl::primitive_attr& attr);
/// Of the source's gradient; `hint` is the forward one's.
dnnl::convolution_backward_data::primitive_desc convolution_backward(
    const dnnl::engine& engine, const std::vector<Desc>& src_weights_bias_dst,
    const Sliding& sliding, const dnnl::convolution_forward::primitive_desc& hint);
#if DNNL_VERSION_MAJOR >= 3
using PoolingPrimitive = dnnl::pooling_forward;
#else
using PoolingPrimitive = dnnl::pooling_v2_forward;
#endif
PoolingPrimitive::primitive_desc pooling(const dnnl::engine& engine, dnnl::algorithm algorithm,
                                         const Desc& src, const Desc& dst, const Sliding& sliding,
                                         const dnnl::primitive_attr& attr);
dnnl::lrn_forward::primitive_desc lrn(const dnnl::engine& engine, const Desc& data, const Lrn& op,
                                      const dnnl::primitive_attr& attr);
dnnl::eltwise_forward::primitive_desc eltwise(const dnnl::engine& engine, const Desc& data,
                                              const Activation& op,
                                              const dnnl::primitive_attr& attr);
dnnl::prelu_forward::primitive_desc prelu(const dnnl::engine& engine, const Desc& data,
                                          const Desc& slope, const dnnl::primitive_attr& attr);
dnnl::binary::primitive_desc binary(const dnnl::engine& engine, dnnl::algorithm algorithm,
                                    const Desc& a, const Desc& b, const Desc& dst,
                                    const dnnl::primitive_attr& attr);
dnnl::concat::primitive_desc concat(const dnnl::engine& engine, int axis,
                                    const std::vector<Desc>& sources,
                                    const dnnl::primitive_attr& attr);

/// Attributes with the scratchpad in our hands; post-operations: first add what the destination
/// holds (`add_to_destination`), then the activation. Activations other than PReLU only.
dnnl::primitive_attr attributes(const std::optional<Activation>& activation = {},
                                bool add_to_destination = false);
/// True when the implementation adds in an order that does not depend on the number of threads:
/// those that oneDNN generates for direct convolution (jit:, jit_1x1:, jit_dw:). Matrix products
/// split sums among threads, and brgconv and brdgmm block them by the number of threads.
bool keeps_order(const std::string& implementation);

template <class PrimitiveDesc>
bool keeps_order(const PrimitiveDesc& desc) {
  return keeps_order(std::string(desc.impl_info_str()));
}

/// The first of oneDNN's implementations, best first, that keeps the order of its sums; the best
/// where there is none. What `best` was made from must live: version 2 looks at it again.
template <class PrimitiveDesc>
PrimitiveDesc prefer_order(const PrimitiveDesc& best) {
  PrimitiveDesc candidate = best;
  do
    if (keeps_order(candidate)) return candidate;
  while (candidate.next_impl());
  return best;
}

/// True when the activation can be a post-operation of any primitive.
bool is_eltwise(const Activation& op);

}  // namespace rfmap::onednn
