#include "ptx/cudnn/operations.h"

namespace rfmap::ptx {
namespace {

TensorLayout tensor_of(const Descriptor& d) {
  TensorLayout t;
  t.uid = d.integer(CUDNN_ATTR_TENSOR_UNIQUE_ID);
  t.dims = d.numbers(CUDNN_ATTR_TENSOR_DIMENSIONS);
  t.strides = d.numbers(CUDNN_ATTR_TENSOR_STRIDES);
  t.type = cudnnDataType_t(d.integer(CUDNN_ATTR_TENSOR_DATA_TYPE));
  t.is_virtual = d.integer(CUDNN_ATTR_TENSOR_IS_VIRTUAL, 0) != 0;
  t.alignment = d.integer(CUDNN_ATTR_TENSOR_BYTE_ALIGNMENT, 1);
  if (t.dims.size() != 4 || t.strides.size() != 4) end_for("a tensor has not four dimensions");
  return t;
}

GraphStep convolution_of(const Descriptor& d) {
  GraphStep step{GraphStep::Kind::convolution, {}, {}, {}, {}};
  ConvolutionForward& c = step.convolution;
  c.x = tensor_of(d.part(CUDNN_ATTR_OPERATION_CONVOLUTION_FORWARD_X));
  c.w = tensor_of(d.part(CUDNN_ATTR_OPERATION_CONVOLUTION_FORWARD_W));
  c.y = tensor_of(d.part(CUDNN_ATTR_OPERATION_CONVOLUTION_FORWARD_Y));
  const Descriptor& how = d.part(CUDNN_ATTR_OPERATION_CONVOLUTION_FORWARD_CONV_DESC);
  c.pads = how.numbers(CUDNN_ATTR_CONVOLUTION_PRE_PADDINGS);
  c.strides = how.numbers(CUDNN_ATTR_CONVOLUTION_FILTER_STRIDES);
  c.dilations = how.numbers(CUDNN_ATTR_CONVOLUTION_DILATIONS);
  c.mirrors = how.integer(CUDNN_ATTR_CONVOLUTION_CONV_MODE) != CUDNN_CROSS_CORRELATION;
  if (how.integer(CUDNN_ATTR_CONVOLUTION_COMP_TYPE) != CUDNN_DATA_FLOAT)
    end_for("a convolution does not sum in fp32");
  return step;
}

GraphStep pointwise_of(const Descriptor& d) {
  const Descriptor& how = d.part(CUDNN_ATTR_OPERATION_POINTWISE_PW_DESCRIPTOR);
  const std::int64_t mode = how.integer(CUDNN_ATTR_POINTWISE_MODE);
  GraphStep step{GraphStep::Kind::relu, {}, {}, {}, {}};
  step.x = tensor_of(d.part(CUDNN_ATTR_OPERATION_POINTWISE_XDESC));
  step.y = tensor_of(d.part(CUDNN_ATTR_OPERATION_POINTWISE_YDESC));
  if (mode == CUDNN_POINTWISE_ADD) {
    step.kind = GraphStep::Kind::sum;
    step.b = tensor_of(d.part(CUDNN_ATTR_OPERATION_POINTWISE_BDESC));
  } else if (mode != CUDNN_POINTWISE_RELU_FWD) {
    end_for("a pointwise operation that tests/ptx does not know", mode);
  }
  return step;
}

}  // namespace

std::int64_t TensorLayout::count() const { return dims[0] * dims[1] * dims[2] * dims[3]; }

std::size_t TensorLayout::bytes() const {
  std::int64_t last = 0;
  for (int i = 0; i < 4; ++i) last += (dims[i] - 1) * strides[i];
  return std::size_t(last + 1) * (type == CUDNN_DATA_FLOAT ? 4 : 2);
}

OperationGraph read_graph(const Descriptor& graph) {
  OperationGraph out;
  for (const auto& operation : graph.parts.at(CUDNN_ATTR_OPERATIONGRAPH_OPS)) {
    if (operation->type == CUDNN_BACKEND_OPERATION_CONVOLUTION_FORWARD_DESCRIPTOR)
      out.steps.push_back(convolution_of(*operation));
    else if (operation->type == CUDNN_BACKEND_OPERATION_POINTWISE_DESCRIPTOR)
      out.steps.push_back(pointwise_of(*operation));
    else
      end_for("an operation that tests/ptx does not know", operation->type);
  }
  return out;
}

}  // namespace rfmap::ptx
