#include <iterator>

#include "model/caffe/file.h"

namespace rfmap::importing {
namespace {

/// Current names of the old layer types, by their numbers.
constexpr const char* kTypeNames[] = {"",
                                      "Accuracy",
                                      "BNLL",
                                      "Concat",
                                      "Convolution",
                                      "Data",
                                      "Dropout",
                                      "EuclideanLoss",
                                      "Flatten",
                                      "HDF5Data",
                                      "HDF5Output",
                                      "Im2col",
                                      "ImageData",
                                      "InfogainLoss",
                                      "InnerProduct",
                                      "LRN",
                                      "MultinomialLogisticLoss",
                                      "Pooling",
                                      "ReLU",
                                      "Sigmoid",
                                      "Softmax",
                                      "SoftmaxWithLoss",
                                      "Split",
                                      "TanH",
                                      "WindowData",
                                      "Eltwise",
                                      "Power",
                                      "SigmoidCrossEntropyLoss",
                                      "HingeLoss",
                                      "MemoryData",
                                      "ArgMax",
                                      "Threshold",
                                      "DummyData",
                                      "Slice",
                                      "MVN",
                                      "AbsVal",
                                      "Silence",
                                      "ContrastiveLoss",
                                      "Exp",
                                      "Deconvolution"};
static_assert(std::size(kTypeNames) == caffe::V1LayerParameter::LayerType_ARRAYSIZE);

}  // namespace

caffe::LayerParameter upgrade(const caffe::V1LayerParameter& old) {
  caffe::LayerParameter layer;
  layer.set_name(old.name());
  layer.set_type(kTypeNames[old.type()]);
  *layer.mutable_bottom() = old.bottom();
  *layer.mutable_top() = old.top();
  *layer.mutable_include() = old.include();
  *layer.mutable_exclude() = old.exclude();
  if (old.has_concat_param()) *layer.mutable_concat_param() = old.concat_param();
  if (old.has_convolution_param()) *layer.mutable_convolution_param() = old.convolution_param();
  if (old.has_dropout_param()) *layer.mutable_dropout_param() = old.dropout_param();
  if (old.has_eltwise_param()) *layer.mutable_eltwise_param() = old.eltwise_param();
  if (old.has_inner_product_param())
    *layer.mutable_inner_product_param() = old.inner_product_param();
  if (old.has_lrn_param()) *layer.mutable_lrn_param() = old.lrn_param();
  if (old.has_pooling_param()) *layer.mutable_pooling_param() = old.pooling_param();
  if (old.has_power_param()) *layer.mutable_power_param() = old.power_param();
  if (old.has_relu_param()) *layer.mutable_relu_param() = old.relu_param();
  if (old.has_slice_param()) *layer.mutable_slice_param() = old.slice_param();
  if (old.has_softmax_param()) *layer.mutable_softmax_param() = old.softmax_param();
  return layer;
}

}  // namespace rfmap::importing
