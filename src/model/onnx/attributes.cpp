#include "model/onnx/attributes.h"

#include "model/constant.h"
#include "model/names.h"

namespace rfmap::importing {

Attributes::Attributes(onnx::NodeProto& node) {
  for (onnx::AttributeProto& attribute : *node.mutable_attribute())
    left_[attribute.name()] = &attribute;
}

onnx::AttributeProto* Attributes::take(const std::string& name,
                                       onnx::AttributeProto::AttributeType type) {
  const auto found = left_.find(name);
  if (found == left_.end()) return nullptr;
  onnx::AttributeProto* attribute = found->second;
  // Files before IR version 2 omit the type.
  const auto given = attribute->type();
  if (given != type && given != onnx::AttributeProto::UNDEFINED)
    throw Refusal("attribute '" + name + "' has an unexpected type");
  if (!attribute->ref_attr_name().empty())
    throw Refusal("attribute '" + name + "' refers to a function's argument");
  left_.erase(found);
  return attribute;
}

std::int64_t Attributes::take_int(const std::string& name, std::int64_t fallback) {
  const auto* attribute = take(name, onnx::AttributeProto::INT);
  return attribute ? attribute->i() : fallback;
}

std::vector<std::int64_t> Attributes::take_ints(const std::string& name,
                                                std::vector<std::int64_t> fallback) {
  const auto* attribute = take(name, onnx::AttributeProto::INTS);
  if (!attribute) return fallback;
  return {attribute->ints().begin(), attribute->ints().end()};
}

float Attributes::take_float(const std::string& name, float fallback) {
  const auto* attribute = take(name, onnx::AttributeProto::FLOAT);
  return attribute ? attribute->f() : fallback;
}

std::vector<float> Attributes::take_floats(const std::string& name) {
  const auto* attribute = take(name, onnx::AttributeProto::FLOATS);
  if (!attribute) return {};
  return {attribute->floats().begin(), attribute->floats().end()};
}

std::string Attributes::take_string(const std::string& name, const std::string& fallback) {
  const auto* attribute = take(name, onnx::AttributeProto::STRING);
  return attribute ? attribute->s() : fallback;
}

onnx::TensorProto* Attributes::take_tensor(const std::string& name) {
  auto* attribute = take(name, onnx::AttributeProto::TENSOR);
  return attribute ? attribute->mutable_t() : nullptr;
}

void Attributes::expect_none_left() const {
  std::vector<std::string> names;
  for (const auto& [name, attribute] : left_) names.push_back(name);
  if (names.size() == 1) throw Refusal("attribute '" + names[0] + "' is not understood");
  if (!names.empty())
    throw Refusal("attributes " + quoted_list(names, "and") + " are not understood");
}

}  // namespace rfmap::importing
