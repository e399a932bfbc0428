#pragma once

#include <string>
#include <vector>

#include <onnx.pb.h>

#include "model/constant.h"

namespace rfmap::importing {

/// Parses a file of up to 2 GB. Throws ModelError (not ONNX, truncated).
onnx::ModelProto parse_onnx(const std::string& path);

/// Paths of the external weight files of the model, sorted. Throws ModelError for a location
/// outside the model's folder.
std::vector<std::string> external_files(const onnx::ModelProto& model, const std::string& folder);

/// Values of a tensor: floats from every float type, integers from every integer type. The proto's
/// own copy is released. `folder`: the model's folder. Throws Damaged if the values are missing or
/// their number is wrong, Refusal for types such as strings.
Constant take_values(onnx::TensorProto& tensor, const std::string& folder);

/// Whether the file was saved without the tensor's values, or their external file does not exist.
bool lacks_values(const onnx::TensorProto& tensor, const std::string& folder);

/// Path of an external tensor's file inside `folder`.
std::string external_path(const onnx::TensorProto& tensor, const std::string& folder);

}  // namespace rfmap::importing
