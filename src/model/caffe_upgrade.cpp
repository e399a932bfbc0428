#include <utility>

#include "model/caffe_file.h"

namespace rfmap::importing {
namespace {

/// Today's name of an old layer type.
const char* type_name(caffe::V1LayerParameter::LayerType type) {
  using V1 = caffe::V1LayerParameter;
  switch (type) {
    case V1::NONE:
      return "";
    case V1::ACCURACY:
      return "Accuracy";
    case V1::BNLL:
      return "BNLL";
    case V1::CONCAT:
      return "Concat";
    case V1::CONVOLUTION:
      return "Convolution";
    case V1::DATA:
      return "Data";
    case V1::DROPOUT:
      return "Dropout";
    case V1::EUCLIDEAN_LOSS:
      return "EuclideanLoss";
    case V1::FLATTEN:
      return "Flatten";
    case V1::HDF5_DATA:
      return "HDF5Data";
    case V1::HDF5_OUTPUT:
      return "HDF5Output";
    case V1::IM2COL:
      return "Im2col";
    case V1::IMAGE_DATA:
      return "ImageData";
    case V1::INFOGAIN_LOSS:
      return "InfogainLoss";
    case V1::INNER_PRODUCT:
      return "InnerProduct";
    case V1::LRN:
      return "LRN";
    case V1::MULTINOMIAL_LOGISTIC_LOSS:
      return "MultinomialLogisticLoss";
    case V1::POOLING:
      return "Pooling";
    case V1::RELU:
      return "ReLU";
    case V1::SIGMOID:
      return "Sigmoid";
    case V1::SOFTMAX:
      return "Softmax";
    case V1::SOFTMAX_LOSS:
      return "SoftmaxWithLoss";
    case V1::SPLIT:
      return "Split";
    case V1::TANH:
      return "TanH";
    case V1::WINDOW_DATA:
      return "WindowData";
    case V1::ELTWISE:
      return "Eltwise";
    case V1::POWER:
      return "Power";
    case V1::SIGMOID_CROSS_ENTROPY_LOSS:
      return "SigmoidCrossEntropyLoss";
    case V1::HINGE_LOSS:
      return "HingeLoss";
    case V1::MEMORY_DATA:
      return "MemoryData";
    case V1::ARGMAX:
      return "ArgMax";
    case V1::THRESHOLD:
      return "Threshold";
    case V1::DUMMY_DATA:
      return "DummyData";
    case V1::SLICE:
      return "Slice";
    case V1::MVN:
      return "MVN";
    case V1::ABSVAL:
      return "AbsVal";
    case V1::SILENCE:
      return "Silence";
    case V1::CONTRASTIVE_LOSS:
      return "ContrastiveLoss";
    case V1::EXP:
      return "Exp";
    case V1::DECONVOLUTION:
      return "Deconvolution";
  }
  return "";
}

}  // namespace

caffe::LayerParameter upgrade(const caffe::V1LayerParameter& old) {
  caffe::LayerParameter layer;
  layer.set_name(old.name());
  layer.set_type(type_name(old.type()));
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
