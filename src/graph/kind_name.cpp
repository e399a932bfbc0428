#include <string>

#include "rfmap/error.h"
#include "rfmap/graph.h"

#include "core/overloaded.h"

namespace rfmap {
namespace {

std::string activation_name(Activation::Kind kind) {
  switch (kind) {
    case Activation::Kind::relu:
      return "ReLU";
    case Activation::Kind::leaky_relu:
      return "leaky ReLU";
    case Activation::Kind::prelu:
      return "parametric ReLU";
    case Activation::Kind::clip:
      return "clip";
    case Activation::Kind::sigmoid:
      return "sigmoid";
    case Activation::Kind::tanh:
      return "tanh";
  }
  return "activation";
}

std::string elementwise_name(Elementwise::Kind kind) {
  switch (kind) {
    case Elementwise::Kind::sum:
      return "sum";
    case Elementwise::Kind::product:
      return "product";
    case Elementwise::Kind::maximum:
      return "maximum";
  }
  return "element-wise";
}

std::string pooling_name(Pool::Kind kind) {
  return kind == Pool::Kind::max ? "max pooling" : "average pooling";
}

}  // namespace

void refuse_to_run(const TheoryOnly& op) {
  throw ModelError("The operation " + op.kind +
                   " is known to rfmap theory alone; layers before it can be measured.");
}

std::string kind_name(const Operation& op) {
  return std::visit(Overloaded{
                        [](const Input&) -> std::string { return "input"; },
                        [](const Conv&) -> std::string { return "convolution"; },
                        [](const Pool& o) { return pooling_name(o.kind); },
                        [](const GlobalPool& o) { return "global " + pooling_name(o.kind); },
                        [](const Lrn&) -> std::string { return "local response normalisation"; },
                        [](const Affine&) -> std::string { return "scale and shift"; },
                        [](const Activation& o) { return activation_name(o.kind); },
                        [](const Softmax&) -> std::string { return "softmax"; },
                        [](const Elementwise& o) { return elementwise_name(o.kind); },
                        [](const Concat&) -> std::string { return "concatenation"; },
                        [](const Slice&) -> std::string { return "slice"; },
                        [](const Pad&) -> std::string { return "padding"; },
                        [](const Reshape&) -> std::string { return "reshape"; },
                        [](const Transpose&) -> std::string { return "transpose"; },
                        [](const ChannelShuffle&) -> std::string { return "channel shuffle"; },
                        [](const FullyConnected&) -> std::string { return "fully connected"; },
                        [](const TheoryOnly& o) { return o.kind; },
                    },
                    op);
}

}  // namespace rfmap
