#include <algorithm>
#include <numeric>
#include <utility>

#include <fmt/format.h>

#include "model/onnx/import.h"

// Softmax, normalisations, and one value for many: means, sums, norms.
namespace rfmap::importing {
namespace {

/// Axes first .. rank - 1.
std::vector<int> axes_from(int first, std::size_t rank) {
  std::vector<int> axes(rank - std::size_t(first));
  std::iota(axes.begin(), axes.end(), first);
  return axes;
}

/// Before opset 13 the axes from `axis` on are treated as one.
std::vector<int> take_softmax_axes(const OnnxImport& in, OnnxNode& node, std::size_t rank) {
  if (in.opset < 13) return axes_from(node.take_axis(1, rank), rank);
  return {node.take_axis(-1, rank)};
}

Value import_softmax(OnnxImport& in, OnnxNode& node) {
  const Value& input = in.input(node, 0);
  const auto kind =
      node.operation == "LogSoftmax" ? Softmax::Kind::logarithm : Softmax::Kind::probability;
  const std::vector<int> axes = take_softmax_axes(in, node, input.dims.size());
  return over_axes(in.builder, node.label(), input, axes, Softmax{{}, kind});
}

/// Extents 1 but for axis 1.
Constant by_channel(const Constant& constant, std::size_t rank) {
  Constant result = constant;
  result.dims.assign(rank - 1, 1);
  result.dims[0] = std::int64_t(constant.size());
  return result;
}

/// LayerNormalization and RMSNormalization.
Value import_layer_norm(OnnxImport& in, OnnxNode& node) {
  const auto kind = node.operation == "RMSNormalization" ? Normalisation::Kind::rms
                                                         : Normalisation::Kind::standard;
  const Value& input = in.input(node, 0);
  const std::size_t rank = input.dims.size();
  const std::vector<int> axes = axes_from(node.take_axis(-1, rank), rank);
  node.attributes.take_int("stash_type", 1);
  const float epsilon = node.attributes.take_float("epsilon", 1e-5f);
  const auto scale = in.constant_input(node, 1), shift = in.constant_input(node, 2);
  const Value line = over_axes(in.builder, node.helper("/normalised"), input, axes,
                               Normalisation{kind, {}, epsilon});
  return affine(in.builder, node.label(), line, scale, shift);
}

Normalisation standard(float epsilon) { return {Normalisation::Kind::standard, {}, epsilon}; }

Value import_instance_norm(OnnxImport& in, OnnxNode& node) {
  const Value& input = in.input(node, 0);
  const std::size_t rank = input.dims.size();
  if (rank < 3) throw Refusal("its input of " + text(input.dims) + " has no space");
  const float epsilon = node.attributes.take_float("epsilon", 1e-5f);
  const auto scale = in.constant_input(node, 1), shift = in.constant_input(node, 2);
  if (!scale || !shift) throw Refusal("its scale or shift is missing");
  const Value map = over_axes(in.builder, node.helper("/normalised"), input, axes_from(2, rank),
                              standard(epsilon));
  return affine(in.builder, node.label(), map, by_channel(*scale, rank), by_channel(*shift, rank));
}

/// Channels seen as [groups, channels of a group].
Value in_groups(const Value& input, std::int64_t groups) {
  Value seen = input;
  const std::int64_t members = input.dims[1] / groups;
  if (holds_samples(input.axes[1])) throw Refusal("it runs over the batch axis");
  const Axes axes = divided(input.axes[1], {groups, members}).value();
  seen.dims[1] = groups;
  seen.axes[1] = axes[0];
  seen.dims.insert(seen.dims.begin() + 2, members);
  seen.axes.insert(seen.axes.begin() + 2, axes[1]);
  return seen;
}

Value import_group_norm(OnnxImport& in, OnnxNode& node) {
  Value input = in.input(node, 0);
  const std::size_t rank = input.dims.size();
  const std::int64_t groups = node.attributes.take_int("num_groups", 1);
  if (rank < 3 || groups < 1 || input.dims[1] % groups != 0)
    throw Damaged(fmt::format("{} groups do not fit an input of {}", groups, text(input.dims)));
  node.attributes.take_int("stash_type", 1);
  const float epsilon = node.attributes.take_float("epsilon", 1e-5f);
  auto scale = in.constant_input(node, 1), shift = in.constant_input(node, 2);
  if (!scale || !shift) throw Refusal("its scale or shift is missing");
  if (input.axes[1].size() != 1) input = in.builder.as_map(node.label(), input);
  const Value seen = in_groups(input, groups);
  const Value map = over_axes(in.builder, node.helper("/normalised"), seen, axes_from(2, rank + 1),
                              standard(epsilon));
  const bool by_group = std::int64_t(scale->size()) == groups && groups != input.dims[1];
  if (by_group) {
    const Value whole = affine(in.builder, {node.name, {}}, map, by_channel(*scale, rank + 1),
                               by_channel(*shift, rank + 1));
    return reshape(in.builder, node.label(), whole, input.dims);
  }
  Value whole = map;
  whole.dims = input.dims;
  whole.axes = *divided(in_sequence(map.axes), input.dims);
  return affine(in.builder, node.label(), whole, by_channel(*scale, rank),
                by_channel(*shift, rank));
}

Value import_mean_variance(OnnxImport& in, OnnxNode& node) {
  constexpr float kEpsilon = 1e-9f;
  const Value& input = in.input(node, 0);
  std::vector<int> axes;
  for (const std::int64_t axis : node.attributes.take_ints("axes", {0, 2, 3}))
    axes.push_back(resolve_axis(axis, int(input.dims.size())));
  Normalisation op = standard(kEpsilon);
  op.guard = Normalisation::Guard::added;
  return over_axes(in.builder, node.label(), input, axes, op);
}

Value import_global_pool(OnnxImport& in, OnnxNode& node) {
  const auto kind = node.operation == "GlobalMaxPool" ? Pool::Kind::max : Pool::Kind::average;
  const Value& input = in.input(node, 0);
  if (input.dims.size() < 3) throw Refusal("its input of " + text(input.dims) + " has no space");
  return global_pool(in.builder, node.label(), input, kind);
}

/// Axes of a reduction: all if none are named.
std::vector<int> take_reduced(OnnxImport& in, OnnxNode& node, std::size_t rank) {
  std::vector<int> axes;
  for (const std::int64_t axis : in.take_integers(node, "axes", 1).value_or(Dims{}))
    axes.push_back(resolve_axis(axis, int(rank)));
  std::sort(axes.begin(), axes.end());
  if (node.attributes.take_int("noop_with_empty_axes", 0) != 0 || !axes.empty()) return axes;
  return axes_from(0, rank);
}

using Kind = Reduce::Kind;

/// What happens to each value before the reduction, how they are reduced, and what happens after.
struct Reduction {
  std::optional<Activation> before;
  Kind kind = Kind::sum;
  std::optional<Activation> after;
};

const std::unordered_map<std::string, Reduction>& reductions() {
  const Activation square{ActivationKind::power, 2};
  static const std::unordered_map<std::string, Reduction> table{
      {"ReduceSum", {{}, Kind::sum, {}}},
      {"ReduceMean", {{}, Kind::mean, {}}},
      {"ReduceProd", {{}, Kind::product, {}}},
      {"ReduceMax", {{}, Kind::maximum, {}}},
      {"ReduceMin", {{}, Kind::minimum, {}}},
      {"ReduceL1", {Activation{ActivationKind::absolute}, Kind::sum, {}}},
      {"ReduceL2", {square, Kind::sum, Activation{ActivationKind::square_root}}},
      {"ReduceSumSquare", {square, Kind::sum, {}}},
      {"ReduceLogSum", {{}, Kind::sum, Activation{ActivationKind::logarithm}}},
  };
  return table;
}

Value import_reduce(OnnxImport& in, OnnxNode& node) {
  const Value& input = in.input(node, 0);
  const Reduction& reduction = reductions().at(node.operation);
  const auto how = node.attributes.take_int("keepdims", 1) != 0 ? Reduced::keep : Reduced::drop;
  const std::vector<int> axes = take_reduced(in, node, input.dims.size());
  Value value = input;
  if (axes.empty() && !reduction.before && !reduction.after)
    return in.builder.alias(input, node.label());
  if (reduction.before) value = in.builder.add(node.helper("/values"), *reduction.before, {value});
  value = reduce(in.builder, reduction.after ? node.helper("/reduced") : node.label(), value,
                 reduction.kind, axes, how);
  return reduction.after ? in.builder.add(node.label(), *reduction.after, {value}) : value;
}

/// max + log(sum(exp(x - max))), which does not overflow.
Value import_log_sum_exp(OnnxImport& in, OnnxNode& node) {
  const Value& input = in.input(node, 0);
  Builder& builder = in.builder;
  const auto how = node.attributes.take_int("keepdims", 1) != 0 ? Reduced::keep : Reduced::drop;
  const std::vector<int> axes = take_reduced(in, node, input.dims.size());
  const Value largest =
      reduce(builder, node.helper("/largest"), input, Kind::maximum, axes, Reduced::keep);
  const Value below =
      elementwise(builder, node.helper("/below"), Elementwise::Kind::difference, {input, largest});
  const Value powers =
      builder.add(node.helper("/exp"), Activation{ActivationKind::exponential}, {below});
  const Value sum = reduce(builder, node.helper("/sum"), powers, Kind::sum, axes, Reduced::keep);
  const Value log = builder.add(node.helper("/log"), Activation{ActivationKind::logarithm}, {sum});
  if (how == Reduced::keep)
    return elementwise(builder, node.label(), Elementwise::Kind::sum, {log, largest});
  const Value kept = elementwise(builder, {node.name, {}}, Elementwise::Kind::sum, {log, largest});
  return reduce(builder, node.label(), kept, Kind::sum, axes, Reduced::drop);
}

/// x / norm along one axis; 0 where the norm is.
Value import_lp_normalise(OnnxImport& in, OnnxNode& node) {
  constexpr float kTiny = 1e-12f;
  const Value& input = in.input(node, 0);
  const std::vector<int> axes{node.take_axis(-1, input.dims.size())};
  const auto kind =
      node.attributes.take_int("p", 2) == 2 ? Normalisation::Kind::l2 : Normalisation::Kind::l1;
  const Normalisation op{kind, {}, kTiny, Normalisation::Guard::at_least};
  return over_axes(in.builder, node.label(), input, axes, op);
}

}  // namespace

const OnnxHandlers& reduce_handlers() {
  static const OnnxHandlers table = [] {
    OnnxHandlers all{{"Softmax", import_softmax},
                     {"LogSoftmax", import_softmax},
                     {"LayerNormalization", import_layer_norm},
                     {"RMSNormalization", import_layer_norm},
                     {"InstanceNormalization", import_instance_norm},
                     {"GroupNormalization", import_group_norm},
                     {"MeanVarianceNormalization", import_mean_variance},
                     {"LpNormalization", import_lp_normalise},
                     {"ReduceLogSumExp", import_log_sum_exp},
                     {"GlobalAveragePool", import_global_pool},
                     {"GlobalMaxPool", import_global_pool}};
    for (const auto& [name, reduction] : reductions()) all.emplace(name, import_reduce);
    return all;
  }();
  return table;
}

}  // namespace rfmap::importing
