#include "onednn/library.h"

#include <map>
#include <optional>

namespace rfmap::onednn {
namespace {

using BackwardDesc = dnnl::convolution_backward_data::primitive_desc;
constexpr auto kInference = dnnl::prop_kind::forward_inference;

struct Eltwise {
  dnnl::algorithm algorithm;
  float alpha = 0, beta = 0;
};

/// oneDNN's form of an activation, for those that it has.
std::optional<Eltwise> eltwise_of(const Activation& op) {
  static const std::map<ActivationKind, dnnl::algorithm> known{
      {ActivationKind::relu, dnnl::algorithm::eltwise_relu},
      {ActivationKind::leaky_relu, dnnl::algorithm::eltwise_relu},
      {ActivationKind::clip, dnnl::algorithm::eltwise_clip},
      {ActivationKind::sigmoid, dnnl::algorithm::eltwise_logistic},
      {ActivationKind::tanh, dnnl::algorithm::eltwise_tanh},
      {ActivationKind::swish, dnnl::algorithm::eltwise_swish},
      {ActivationKind::gelu, dnnl::algorithm::eltwise_gelu_erf},
      {ActivationKind::gelu_tanh, dnnl::algorithm::eltwise_gelu_tanh}};
  const auto at = known.find(op.kind);
  if (at == known.end()) return std::nullopt;
  return Eltwise{at->second, op.kind == ActivationKind::relu ? 0 : op.alpha, op.beta};
}

}  // namespace

Desc describe(const Dims& dims, Tag tag) { return {dims, dnnl::memory::data_type::f32, tag}; }

Desc plain_desc(int batch, const Shape& shape) {
  return describe({batch, shape.c, shape.h, shape.w}, Tag::nchw);
}

Desc blocked_desc(int batch, const Shape& shape) {
  static const bool wide = dnnl::get_effective_cpu_isa() >= dnnl::cpu_isa::avx512_core;
  return describe({batch, shape.c, shape.h, shape.w}, wide ? Tag::nChw16c : Tag::nChw8c);
}

bool keeps_order(const std::string& implementation) { return implementation.starts_with("jit"); }

bool is_eltwise(const Activation& op) { return eltwise_of(op).has_value(); }

dnnl::primitive_attr attributes(const std::optional<Activation>& activation,
                                bool add_to_destination) {
  dnnl::primitive_attr attr;
  attr.set_scratchpad_mode(dnnl::scratchpad_mode::user);
  dnnl::post_ops after;
  if (add_to_destination) after.append_sum();
  if (activation) {
    const Eltwise e = eltwise_of(*activation).value();
#if DNNL_VERSION_MAJOR >= 3
    after.append_eltwise(e.algorithm, e.alpha, e.beta);
#else
    after.append_eltwise(1, e.algorithm, e.alpha, e.beta);
#endif
  }
  attr.set_post_ops(after);
  return attr;
}

#if DNNL_VERSION_MAJOR >= 3

Dims dims_of(const Desc& desc) { return desc.get_dims(); }

dnnl::convolution_forward::primitive_desc convolution(const dnnl::engine& engine,
                                                      const std::vector<Desc>& d, const Sliding& s,
                                                      const dnnl::primitive_attr& attr) {
  const auto direct = dnnl::algorithm::convolution_direct;
  return prefer_order(dnnl::convolution_forward::primitive_desc(engine, kInference, direct, d[0],
                                                                d[1], d[2], d[3], s.stride,
                                                                s.dilation, s.begin, s.end, attr));
}

BackwardDesc convolution_backward(const dnnl::engine& engine, const std::vector<Desc>& d,
                                  const Sliding& s,
                                  const dnnl::convolution_forward::primitive_desc& hint) {
  const auto direct = dnnl::algorithm::convolution_direct;
  return prefer_order(
      BackwardDesc(engine, direct, d[0], d[1], d[3], s.stride, s.dilation, s.begin, s.end, hint));
}

PoolingPrimitive::primitive_desc pooling(const dnnl::engine& engine, dnnl::algorithm algorithm,
                                         const Desc& src, const Desc& dst, const Sliding& s,
                                         const dnnl::primitive_attr& attr) {
  return {engine,   kInference, algorithm, src,   dst, s.stride,
          s.kernel, s.dilation, s.begin,   s.end, attr};
}

dnnl::lrn_forward::primitive_desc lrn(const dnnl::engine& engine, const Desc& data, const Lrn& op,
                                      const dnnl::primitive_attr& attr) {
  return {engine,   kInference, dnnl::algorithm::lrn_across_channels,
          data,     data,       op.size,
          op.alpha, op.beta,    op.k,
          attr};
}

dnnl::eltwise_forward::primitive_desc eltwise(const dnnl::engine& engine, const Desc& data,
                                              const Activation& op,
                                              const dnnl::primitive_attr& attr) {
  const Eltwise e = eltwise_of(op).value();
  return {engine, kInference, e.algorithm, data, data, e.alpha, e.beta, attr};
}

dnnl::prelu_forward::primitive_desc prelu(const dnnl::engine& engine, const Desc& data,
                                          const Desc& slope, const dnnl::primitive_attr& attr) {
  return {engine, kInference, data, slope, data, attr};
}

dnnl::binary::primitive_desc binary(const dnnl::engine& engine, dnnl::algorithm algorithm,
                                    const Desc& a, const Desc& b, const Desc& dst,
                                    const dnnl::primitive_attr& attr) {
  return {engine, algorithm, a, b, dst, attr};
}

dnnl::concat::primitive_desc concat(const dnnl::engine& engine, int axis,
                                    const std::vector<Desc>& sources,
                                    const dnnl::primitive_attr& attr) {
  return {engine, axis, sources, attr};
}

#else

Dims dims_of(const Desc& desc) { return desc.dims(); }

dnnl::convolution_forward::primitive_desc convolution(const dnnl::engine& engine,
                                                      const std::vector<Desc>& d, const Sliding& s,
                                                      const dnnl::primitive_attr& attr) {
  const auto direct = dnnl::algorithm::convolution_direct;
  const dnnl::convolution_forward::desc op{kInference, direct,   d[0],       d[1],    d[2],
                                           d[3],       s.stride, s.dilation, s.begin, s.end};
  return prefer_order(dnnl::convolution_forward::primitive_desc(op, attr, engine));
}

BackwardDesc convolution_backward(const dnnl::engine& engine, const std::vector<Desc>& d,
                                  const Sliding& s,
                                  const dnnl::convolution_forward::primitive_desc& hint) {
  const auto direct = dnnl::algorithm::convolution_direct;
  const dnnl::convolution_backward_data::desc op{direct,   d[0],       d[1],    d[3],
                                                 s.stride, s.dilation, s.begin, s.end};
  return prefer_order(BackwardDesc(op, engine, hint));
}

PoolingPrimitive::primitive_desc pooling(const dnnl::engine& engine, dnnl::algorithm algorithm,
                                         const Desc& src, const Desc& dst, const Sliding& s,
                                         const dnnl::primitive_attr& attr) {
  return {{kInference, algorithm, src, dst, s.stride, s.kernel, s.dilation, s.begin, s.end},
          attr,
          engine};
}

dnnl::lrn_forward::primitive_desc lrn(const dnnl::engine& engine, const Desc& data, const Lrn& op,
                                      const dnnl::primitive_attr& attr) {
  const auto across = dnnl::algorithm::lrn_across_channels;
  return {{kInference, across, data, op.size, op.alpha, op.beta, op.k}, attr, engine};
}

dnnl::eltwise_forward::primitive_desc eltwise(const dnnl::engine& engine, const Desc& data,
                                              const Activation& op,
                                              const dnnl::primitive_attr& attr) {
  const Eltwise e = eltwise_of(op).value();
  return {{kInference, e.algorithm, data, e.alpha, e.beta}, attr, engine};
}

dnnl::prelu_forward::primitive_desc prelu(const dnnl::engine& engine, const Desc& data,
                                          const Desc& slope, const dnnl::primitive_attr& attr) {
  return {{kInference, data, slope}, attr, engine};
}

dnnl::binary::primitive_desc binary(const dnnl::engine& engine, dnnl::algorithm algorithm,
                                    const Desc& a, const Desc& b, const Desc& dst,
                                    const dnnl::primitive_attr& attr) {
  return {{algorithm, a, b, dst}, attr, engine};
}

dnnl::concat::primitive_desc concat(const dnnl::engine& engine, int axis,
                                    const std::vector<Desc>& sources,
                                    const dnnl::primitive_attr& attr) {
  return {axis, sources, engine, attr};
}

#endif

}  // namespace rfmap::onednn
