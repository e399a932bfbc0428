#pragma once

#include <cstdint>
#include <functional>
#include <string>
#include <utility>
#include <vector>

#include <gtest/gtest.h>
#include <onnx.pb.h>

#include "rfmap/error.h"
#include "rfmap/model.h"

#include "temporary_folder.h"

/// Small ONNX files made in the test.
namespace rfmap::test {

using Names = std::vector<std::string>;
using Ints = std::vector<std::int64_t>;

/// 1, 2, ... n, each times `step`.
inline std::vector<float> ramp(std::size_t n, float step = 1) {
  std::vector<float> values(n);
  for (std::size_t i = 0; i < n; ++i) values[i] = step * float(i + 1);
  return values;
}

/// One node under construction: attributes by its methods.
struct NodeMaker {
  onnx::NodeProto* proto;
  NodeMaker& ints(const std::string& name, const Ints& values) {
    auto* a = add(name, onnx::AttributeProto::INTS);
    for (const std::int64_t v : values) a->add_ints(v);
    return *this;
  }
  NodeMaker& integer(const std::string& name, std::int64_t value) {
    add(name, onnx::AttributeProto::INT)->set_i(value);
    return *this;
  }
  NodeMaker& real(const std::string& name, float value) {
    add(name, onnx::AttributeProto::FLOAT)->set_f(value);
    return *this;
  }
  NodeMaker& string(const std::string& name, const std::string& value) {
    add(name, onnx::AttributeProto::STRING)->set_s(value);
    return *this;
  }
  onnx::TensorProto& tensor(const std::string& name) {
    return *add(name, onnx::AttributeProto::TENSOR)->mutable_t();
  }
  onnx::AttributeProto* add(const std::string& name, onnx::AttributeProto::AttributeType type) {
    auto* attribute = proto->add_attribute();
    attribute->set_name(name);
    attribute->set_type(type);
    return attribute;
  }
};

inline void set_dims(onnx::TensorProto& tensor, const Ints& dims) {
  for (const std::int64_t d : dims) tensor.add_dims(d);
}

/// A network with the input "x".
class OnnxMaker {
 public:
  explicit OnnxMaker(const Ints& input = {1, 4, 9, 8}, int opset = 13) {
    model.set_ir_version(8);
    model.add_opset_import()->set_version(opset);
    this->input("x", input);
  }
  onnx::GraphProto& graph() { return *model.mutable_graph(); }

  /// 0 leaves an extent open.
  void input(const std::string& name, const Ints& dims) {
    auto* value = graph().add_input();
    value->set_name(name);
    auto* type = value->mutable_type()->mutable_tensor_type();
    type->set_elem_type(onnx::TensorProto::FLOAT);
    for (const std::int64_t d : dims) {
      auto* dim = type->mutable_shape()->add_dim();
      if (d > 0)
        dim->set_dim_value(d);
      else
        dim->set_dim_param("open");
    }
  }
  NodeMaker node(const std::string& op, const Names& inputs, const Names& outputs,
                 const std::string& name = "") {
    auto* proto = graph().add_node();
    proto->set_op_type(op);
    proto->set_name(name);
    for (const std::string& tensor : inputs) proto->add_input(tensor);
    for (const std::string& tensor : outputs) proto->add_output(tensor);
    return {proto};
  }
  onnx::TensorProto& weights(const std::string& name, const Ints& dims,
                             const std::vector<float>& values) {
    auto& tensor = *graph().add_initializer();
    tensor.set_name(name);
    tensor.set_data_type(onnx::TensorProto::FLOAT);
    set_dims(tensor, dims);
    for (const float v : values) tensor.add_float_data(v);
    return tensor;
  }
  onnx::TensorProto& weights(const std::string& name, const Ints& dims) {
    std::size_t count = 1;
    for (const std::int64_t d : dims) count *= std::size_t(d);
    return weights(name, dims, ramp(count, 0.1f));
  }
  void integers(const std::string& name, const Ints& dims, const Ints& values) {
    auto& tensor = *graph().add_initializer();
    tensor.set_name(name);
    tensor.set_data_type(onnx::TensorProto::INT64);
    set_dims(tensor, dims);
    for (const std::int64_t v : values) tensor.add_int64_data(v);
  }
  void integers(const std::string& name, const Ints& values) {
    integers(name, {std::int64_t(values.size())}, values);
  }
  void output(const std::string& name) { graph().add_output()->set_name(name); }

  std::string write(const TemporaryFolder& folder) const {
    return folder.write("model.onnx", model.SerializeAsString());
  }
  Model read(Size input_size = {}) const {
    const TemporaryFolder folder;
    return read_model({write(folder), "", input_size});
  }

  onnx::ModelProto model;
};

/// The node of that name, or null.
inline const Node* find_node(const Graph& graph, const std::string& name) {
  for (const Node& node : graph.nodes)
    if (node.name == name) return &node;
  return nullptr;
}

/// The operation of the last node, as T.
template <class T>
const T& last_op(const Model& model) {
  return std::get<T>(model.graph.nodes.back().op);
}

/// The message of the Error that `action` throws, if it has that exit code.
inline std::string error_of(ExitCode code, const std::function<void()>& action) {
  try {
    action();
  } catch (const Error& error) {
    EXPECT_EQ(error.exit_code(), code) << error.what();
    return error.what();
  }
  ADD_FAILURE() << "no error";
  return "";
}

}  // namespace rfmap::test
