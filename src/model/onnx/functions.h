#pragma once

#include <map>
#include <string>
#include <utility>

#include <onnx.pb.h>

#include "model/onnx/fragment.h"

namespace rfmap::importing {

/// The local functions of a file.
class Functions {
 public:
  explicit Functions(const onnx::ModelProto& model);
  /// The function that `node` calls, or null. Throws Refusal if several have that name.
  const onnx::FunctionProto* find(const onnx::NodeProto& node) const;

 private:
  std::map<std::pair<std::string, std::string>, const onnx::FunctionProto*> by_name_;
};

/// The nodes of the function with the call's tensors and attributes; names of inner nodes and
/// tensors begin with the call's name. Throws Refusal if the call does not fit the function.
onnx::GraphProto inlined(const onnx::FunctionProto& function, const onnx::NodeProto& call,
                         TensorNames& names);
/// The version of ONNX's operators that the function is written in; `otherwise` if it gives none.
int opset_of(const onnx::FunctionProto& function, int otherwise);

}  // namespace rfmap::importing
