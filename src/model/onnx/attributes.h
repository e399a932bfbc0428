#pragma once

#include <cstdint>
#include <map>
#include <string>
#include <vector>

#include <onnx.pb.h>

namespace rfmap::importing {

/// Attributes of one node. The importer must take them all; it may not ignore any.
class Attributes {
 public:
  explicit Attributes(onnx::NodeProto& node);

  bool has(const std::string& name) const { return left_.contains(name); }
  // Each removes the attribute; throws Refusal if it has another type.
  std::int64_t take_int(const std::string& name, std::int64_t fallback);
  std::vector<std::int64_t> take_ints(const std::string& name,
                                      std::vector<std::int64_t> fallback = {});
  float take_float(const std::string& name, float fallback);
  std::vector<float> take_floats(const std::string& name);
  std::string take_string(const std::string& name, const std::string& fallback);
  onnx::TensorProto* take_tensor(const std::string& name);  ///< null if absent

  /// Throws Refusal naming the attributes that were not taken.
  void expect_none_left() const;

 private:
  onnx::AttributeProto* take(const std::string& name, onnx::AttributeProto::AttributeType type);
  std::map<std::string, onnx::AttributeProto*> left_;
};

}  // namespace rfmap::importing
