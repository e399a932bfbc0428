#include <iterator>
#include <vector>

#include <google/protobuf/descriptor.h>
#include <google/protobuf/message.h>

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
  std::vector<const google::protobuf::FieldDescriptor*> given;
  old.GetReflection()->ListFields(old, &given);
  for (const auto* field : given) {
    if (!field->name().ends_with("_param")) continue;
    const auto* same = layer.GetDescriptor()->FindFieldByName(field->name());
    auto* copy = layer.GetReflection()->MutableMessage(&layer, same);
    copy->CopyFrom(old.GetReflection()->GetMessage(old, field));
  }
  return layer;
}

}  // namespace rfmap::importing
