#include <algorithm>
#include <cmath>
#include <limits>

#include "model/onnx/constants.h"

// Sums, means, extrema and softmax of constants over axes.
namespace rfmap::importing {
namespace {

double plus_value(double sum, double v) { return sum + v; }
double plus_square(double sum, double v) { return sum + v * v; }
double plus_size(double sum, double v) { return sum + std::abs(v); }
double plus_exponential(double sum, double v) { return sum + std::exp(v); }
double times_value(double product, double v) { return product * v; }
double larger_of(double a, double v) { return std::max(a, v); }
double smaller_of(double a, double v) { return std::min(a, v); }
double as_it_is(double sum, double) { return sum; }
double divided(double sum, double count) { return sum / count; }
double root(double sum, double) { return std::sqrt(sum); }
double logarithm(double sum, double) { return std::log(sum); }

/// How values are combined, and what is made of the result and their number.
struct Reduction {
  double start;
  double (*combine)(double, double);
  double (*finish)(double, double);
};

Reduction reduction_of(const std::string& operation) {
  constexpr double kMost = std::numeric_limits<double>::infinity();
  static const std::unordered_map<std::string, Reduction> table{
      {"ReduceSum", {0, plus_value, as_it_is}},
      {"ReduceMean", {0, plus_value, divided}},
      {"ReduceMax", {-kMost, larger_of, as_it_is}},
      {"ReduceMin", {kMost, smaller_of, as_it_is}},
      {"ReduceProd", {1, times_value, as_it_is}},
      {"ReduceL1", {0, plus_size, as_it_is}},
      {"ReduceL2", {0, plus_square, root}},
      {"ReduceSumSquare", {0, plus_square, as_it_is}},
      {"ReduceLogSum", {0, plus_value, logarithm}},
      {"ReduceLogSumExp", {0, plus_exponential, logarithm}},
  };
  return table.at(operation);
}

/// A single value remains itself.
bool is_plain(const std::string& operation) {
  return operation == "ReduceSum" || operation == "ReduceMean" || operation == "ReduceProd" ||
         operation == "ReduceMax" || operation == "ReduceMin";
}

/// Without the axes `dropped` where they are not kept.
Dims reduced_dims(const Dims& dims, const std::vector<bool>& dropped, bool keep) {
  Dims result;
  for (std::size_t i = 0; i < dims.size(); ++i)
    if (!dropped[i])
      result.push_back(dims[i]);
    else if (keep)
      result.push_back(1);
  return result;
}

Constant evaluate_reduce(OnnxImport& in, OnnxNode& node) {
  const Constant& data = operand(in, node, 0);
  const bool keep = node.attributes.take_int("keepdims", 1) != 0;
  const bool none_means_none = node.attributes.take_int("noop_with_empty_axes", 0) != 0;
  const Dims axes = in.take_integers(node, "axes", 1).value_or(Dims{});
  if (axes.empty() && none_means_none) {
    if (!is_plain(node.operation)) throw Refusal("without axes its result is not settled");
    return data;
  }
  std::vector<bool> dropped(data.dims.size(), axes.empty());
  for (const std::int64_t axis : axes) dropped[resolve_axis(axis, int(data.dims.size()))] = true;
  const Dims narrow = reduced_dims(data.dims, dropped, true);
  const Reduction reduction = reduction_of(node.operation);
  std::vector<double> values(volume(narrow), reduction.start);
  for_each_broadcast(narrow, data.dims, [&](std::size_t i, std::size_t target) {
    values[target] = reduction.combine(values[target], data.at(i));
  });
  const double count = values.empty() ? 0 : double(data.size()) / double(values.size());
  for (double& value : values) value = reduction.finish(value, count);
  return like(data, reduced_dims(data.dims, dropped, keep), values);
}

/// ArgMax, ArgMin: the first or the last index of the extreme value.
Constant evaluate_arg_extreme(OnnxImport& in, OnnxNode& node) {
  const Constant& data = operand(in, node, 0);
  const int axis = node.take_axis(0, data.dims.size());
  const bool keep = node.attributes.take_int("keepdims", 1) != 0;
  const bool last = node.attributes.take_int("select_last_index", 0) != 0;
  const double sign = node.operation == "ArgMax" ? 1 : -1;
  std::vector<bool> dropped(data.dims.size(), false);
  dropped[axis] = true;
  const AlongAxis all(data.dims, axis);
  if (all.n == 0) throw Refusal("it looks for an extreme value among none");
  std::vector<std::int64_t> found;
  for (std::int64_t o = 0; o < all.outer; ++o)
    for (std::int64_t k = 0; k < all.inner; ++k) {
      std::int64_t best = 0;
      for (std::int64_t i = 1; i < all.n; ++i) {
        const double gain = sign * (data.at(all.at(o, i, k)) - data.at(all.at(o, best, k)));
        if (gain > 0 || (last && gain == 0)) best = i;
      }
      found.push_back(best);
    }
  return make_constant(reduced_dims(data.dims, dropped, keep), std::move(found));
}

Constant evaluate_cumulative_sum(OnnxImport& in, OnnxNode& node) {
  const Constant& data = operand(in, node, 0);
  const int axis = resolve_axis(whole(single_operand(in, node, 1)), int(data.dims.size()));
  const bool exclusive = node.attributes.take_int("exclusive", 0) != 0;
  const bool reverse = node.attributes.take_int("reverse", 0) != 0;
  const AlongAxis all(data.dims, axis);
  std::vector<double> values(data.size());
  for (std::int64_t o = 0; o < all.outer; ++o)
    for (std::int64_t k = 0; k < all.inner; ++k) {
      double sum = 0;
      for (std::int64_t i = 0; i < all.n; ++i) {
        const std::size_t at = all.at(o, reverse ? all.n - 1 - i : i, k);
        const double value = data.at(at);
        values[at] = exclusive ? sum : sum + value;
        sum += value;
      }
    }
  return like(data, data.dims, values);
}

/// Softmax and LogSoftmax; before opset 13 over all axes from `axis` on.
Constant evaluate_softmax(OnnxImport& in, OnnxNode& node) {
  const Constant& data = operand(in, node, 0);
  const bool flat = in.opset < 13;
  const int axis = node.take_axis(flat ? 1 : -1, data.dims.size());
  const bool logarithmic = node.operation == "LogSoftmax";
  const Dims seen =
      flat ? Dims{volume_before(data.dims, axis), volume_from(data.dims, axis)} : data.dims;
  const AlongAxis all(seen, flat ? 1 : axis);
  std::vector<double> values(data.size());
  for (std::int64_t o = 0; o < all.outer; ++o)
    for (std::int64_t k = 0; k < all.inner; ++k) {
      double most = -std::numeric_limits<double>::infinity(), sum = 0;
      for (std::int64_t i = 0; i < all.n; ++i) most = std::max(most, data.at(all.at(o, i, k)));
      for (std::int64_t i = 0; i < all.n; ++i) sum += std::exp(data.at(all.at(o, i, k)) - most);
      for (std::int64_t i = 0; i < all.n; ++i) {
        const double above = data.at(all.at(o, i, k)) - most;
        values[all.at(o, i, k)] = logarithmic ? above - std::log(sum) : std::exp(above) / sum;
      }
    }
  return like(data, data.dims, values);
}

}  // namespace

const OnnxEvaluators& reducing_evaluators() {
  static const OnnxEvaluators table = [] {
    OnnxEvaluators all{{"ArgMax", evaluate_arg_extreme},
                       {"ArgMin", evaluate_arg_extreme},
                       {"CumSum", evaluate_cumulative_sum},
                       {"Softmax", evaluate_softmax},
                       {"LogSoftmax", evaluate_softmax}};
    for (const char* name :
         {"ReduceSum", "ReduceMean", "ReduceMax", "ReduceMin", "ReduceProd", "ReduceL1", "ReduceL2",
          "ReduceSumSquare", "ReduceLogSum", "ReduceLogSumExp"})
      all.emplace(name, evaluate_reduce);
    return all;
  }();
  return table;
}

}  // namespace rfmap::importing
