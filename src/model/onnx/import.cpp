#include "model/onnx/import.h"

#include <algorithm>
#include <set>
#include <utility>

#include "model/onnx/file.h"

namespace rfmap::importing {
namespace {

/// All tensors that a graph reads, subgraphs and declared outputs included.
void collect_used(const onnx::GraphProto& graph, std::unordered_set<std::string>& used) {
  for (const auto& output : graph.output()) used.insert(output.name());
  for (const auto& node : graph.node()) {
    used.insert(node.input().begin(), node.input().end());
    for (const auto& attribute : node.attribute()) {
      if (attribute.has_g()) collect_used(attribute.g(), used);
      for (const auto& inner : attribute.graphs()) collect_used(inner, used);
    }
  }
}

}  // namespace

OnnxImport::OnnxImport(onnx::ModelProto& model, std::string folder) : folder_(std::move(folder)) {
  for (const auto& import : model.opset_import())
    if (import.domain().empty() || import.domain() == "ai.onnx") opset = int(import.version());
  for (auto& tensor : *model.mutable_graph()->mutable_initializer())
    initializers_[tensor.name()] = &tensor;
  collect_used(model.graph(), used_);
}

bool OnnxImport::is_constant(const std::string& tensor) const {
  return constants_.contains(tensor) || initializers_.contains(tensor);
}

const Constant& OnnxImport::constant(const std::string& tensor) {
  if (const auto found = constants_.find(tensor); found != constants_.end()) return found->second;
  const auto found = initializers_.find(tensor);
  if (found == initializers_.end()) throw Refusal("'" + tensor + "' has to be a constant");
  return constants_[tensor] = take_values(*found->second, folder_);
}

const Value& OnnxImport::input(const OnnxNode& node, std::size_t i) const {
  const auto found = values_.find(node.input(i));
  if (found == values_.end())
    throw Refusal("its input '" + node.inputs[i] + "' is a constant, which is not supported here");
  return found->second;
}

std::optional<Constant> OnnxImport::constant_input(const OnnxNode& node, std::size_t i) {
  if (i >= node.inputs.size() || node.inputs[i].empty()) return std::nullopt;
  if (!is_constant(node.inputs[i]))
    throw Refusal("its input '" + node.inputs[i] +
                  "' depends on the image, and only constants are supported there");
  return constant(node.inputs[i]);
}

std::optional<std::vector<std::int64_t>> OnnxImport::take_integers(OnnxNode& node,
                                                                   const std::string& name,
                                                                   std::size_t i) {
  if (node.attributes.has(name)) return node.attributes.take_ints(name);
  if (const auto given = constant_input(node, i)) return as_integers(*given);
  return std::nullopt;
}

Dims squeezed(const Dims& dims, const std::optional<Dims>& axes) {
  std::set<int> dropped;
  for (int i = 0; i < int(dims.size()); ++i)
    if (!axes && dims[i] == 1) dropped.insert(i);
  for (const std::int64_t axis : axes.value_or(Dims{}))
    dropped.insert(resolve_axis(axis, int(dims.size())));
  Dims kept;
  for (int i = 0; i < int(dims.size()); ++i) {
    if (!dropped.contains(i))
      kept.push_back(dims[i]);
    else if (dims[i] != 1)
      throw Refusal("axis " + std::to_string(i) + " has extent " + std::to_string(dims[i]) +
                    " and cannot be squeezed");
  }
  return kept;
}

Dims unsqueezed(const Dims& dims, const Dims& axes) {
  const int rank = int(dims.size() + axes.size());
  std::set<int> added;
  for (const std::int64_t axis : axes) added.insert(resolve_axis(axis, rank));
  if (added.size() != axes.size()) throw Refusal("it names an axis twice");
  Dims result;
  for (int i = 0, next = 0; i < rank; ++i) result.push_back(added.contains(i) ? 1 : dims[next++]);
  return result;
}

std::vector<SliceRange> take_slices(OnnxImport& in, OnnxNode& node, const Dims& dims) {
  const auto starts = in.take_integers(node, "starts", 1), ends = in.take_integers(node, "ends", 2);
  const auto axes = in.take_integers(node, "axes", 3);
  const auto steps = in.take_integers(node, "steps", 4);
  if (!starts || !ends || starts->size() != ends->size() ||
      (axes && axes->size() != starts->size()) || (steps && steps->size() != starts->size()))
    throw Refusal("its starts, ends, axes and steps do not go together");
  std::vector<SliceRange> ranges;
  for (std::size_t i = 0; i < starts->size(); ++i) {
    SliceRange range{resolve_axis(axes ? (*axes)[i] : std::int64_t(i), int(dims.size())),
                     (*starts)[i], (*ends)[i], steps ? (*steps)[i] : 1};
    const std::int64_t n = dims[range.axis];
    if (range.step == 0) throw Refusal("its step is zero");
    range.step = std::clamp<std::int64_t>(range.step, -n - 1, n + 1);
    // Backwards the last element is n - 1 and the end before the first is -1.
    const std::int64_t low = range.step > 0 ? 0 : -1;
    const std::int64_t high = std::max<std::int64_t>(range.step > 0 ? n : n - 1, 0);
    range.begin =
        std::clamp(range.begin < 0 ? range.begin + n : range.begin, std::int64_t(0), high);
    range.end = std::clamp(range.end < 0 ? range.end + n : range.end, low, high);
    ranges.push_back(range);
  }
  return ranges;
}

bool is_float_type(std::int64_t type) {
  return type == onnx::TensorProto::FLOAT || type == onnx::TensorProto::DOUBLE ||
         type == onnx::TensorProto::FLOAT16 || type == onnx::TensorProto::BFLOAT16;
}

bool is_integer_type(std::int64_t type) {
  return (type >= onnx::TensorProto::UINT8 && type <= onnx::TensorProto::INT64) ||
         type == onnx::TensorProto::BOOL || type == onnx::TensorProto::UINT32 ||
         type == onnx::TensorProto::UINT64;
}

}  // namespace rfmap::importing
