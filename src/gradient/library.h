#pragma once

#include <vector>

#include "cpu/library.h"

/// What differs between oneDNN's versions 2 and 3 and only gradients need.
namespace rfmap::gradient {

using BackwardDesc = dnnl::convolution_backward_data::primitive_desc;

/// `descs`: source, weights, bias (not used) and destination.
inline BackwardDesc convolution_backward(const dnnl::engine& engine,
                                         const std::vector<cpu::Desc>& descs, const cpu::Sliding& s,
                                         const dnnl::convolution_forward::primitive_desc& hint) {
  const auto direct = dnnl::algorithm::convolution_direct;
#if DNNL_VERSION_MAJOR >= 3
  return cpu::prefer_order(BackwardDesc(engine, direct, descs[0], descs[1], descs[3], s.stride,
                                        s.dilation, s.begin, s.end, hint));
#else
  const dnnl::convolution_backward_data::desc op{direct,   descs[0],   descs[1], descs[3],
                                                 s.stride, s.dilation, s.begin,  s.end};
  return cpu::prefer_order(BackwardDesc(op, engine, hint));
#endif
}

}  // namespace rfmap::gradient
