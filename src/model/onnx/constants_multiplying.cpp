#include <algorithm>
#include <cctype>
#include <cmath>
#include <map>
#include <optional>
#include <set>

#include "model/onnx/constants.h"

// Products, convolution and normalisation of constants.
namespace rfmap::importing {
namespace {

/// One operand of a sum of products over labelled axes (Einsum's notation).
struct Labelled {
  const Constant* constant;
  std::vector<int> labels;  ///< one per axis
};

/// Distance of neighbours in the constant along each axis of `order`.
Dims steps_along(const Constant& constant, const std::vector<int>& labels,
                 const std::vector<int>& order) {
  const Dims own = strides(constant.dims);
  Dims steps(order.size(), 0);
  for (std::size_t i = 0; i < labels.size(); ++i)
    if (constant.dims[i] != 1)
      steps[std::find(order.begin(), order.end(), labels[i]) - order.begin()] += own[i];
  return steps;
}

/// One sum for each element of `dims`, the first axes of `all`, over the further axes.
std::vector<double> summed_products(OnnxImport& in, const std::vector<Labelled>& operands,
                                    const std::vector<Dims>& steps, const Dims& all,
                                    const Dims& dims) {
  std::vector<double> sums(moderate_volume(in, dims), 0);
  const std::int64_t terms = volume(all) / std::max<std::int64_t>(std::int64_t(sums.size()), 1);
  expect_moderate_work(in, double(volume(all)) * double(operands.size()));
  Dims at(all.size(), 0);
  std::vector<std::int64_t> places(operands.size(), 0);
  for (std::int64_t i = 0; i < terms * std::int64_t(sums.size()); ++i) {
    double product = 1;
    for (std::size_t k = 0; k < operands.size(); ++k)
      product *= operands[k].constant->at(places[k]);
    sums[i / terms] += product;
    for (std::size_t axis = all.size(); axis-- > 0;) {
      const bool ends = ++at[axis] == all[axis];
      if (ends) at[axis] = 0;
      for (std::size_t k = 0; k < operands.size(); ++k)
        places[k] += steps[k][axis] * (ends ? 1 - all[axis] : 1);
      if (!ends) break;
    }
  }
  return sums;
}

/// The sum over all labels that `result` lacks of the products of the operands.
Constant sum_of_products(OnnxImport& in, const std::vector<Labelled>& operands,
                         const std::vector<int>& result) {
  std::map<int, std::int64_t> extents;
  for (const auto& [constant, labels] : operands) {
    if (labels.size() != constant->dims.size())
      throw Refusal("its equation does not fit its inputs");
    for (std::size_t i = 0; i < labels.size(); ++i) {
      std::int64_t& extent = extents.emplace(labels[i], 1).first->second;
      if (extent != 1 && constant->dims[i] != 1 && constant->dims[i] != extent)
        throw Refusal("its inputs do not go together");
      if (extent == 1) extent = constant->dims[i];
    }
  }
  if (std::set<int>(result.begin(), result.end()).size() != result.size())
    throw Refusal("its equation names an axis of the result twice");
  std::vector<int> order = result;
  for (const auto& [label, extent] : extents)
    if (std::find(order.begin(), order.end(), label) == order.end()) order.push_back(label);
  Dims all, dims;
  for (const int label : order) {
    if (!extents.contains(label)) throw Refusal("its equation names an axis that no input has");
    all.push_back(extents[label]);
    if (dims.size() < result.size()) dims.push_back(extents[label]);
  }
  std::vector<Dims> steps;
  for (const auto& [constant, labels] : operands)
    steps.push_back(steps_along(*constant, labels, order));
  return like(*operands[0].constant, dims, summed_products(in, operands, steps, all, dims));
}

/// The labels of one term of an equation; the axes of "..." are numbered backwards from -1, the
/// last.
std::vector<int> labels_of(const std::string& term, std::size_t rank) {
  std::vector<int> labels;
  const auto named = std::size_t(std::count_if(
      term.begin(), term.end(), [](unsigned char c) { return std::isalpha(c) != 0; }));
  for (std::size_t i = 0; i < term.size(); ++i) {
    if (std::isalpha(static_cast<unsigned char>(term[i]))) {
      labels.push_back(term[i]);
    } else if (term.compare(i, 3, "...") == 0) {
      const int hidden = int(rank) - int(named);
      for (int axis = hidden; axis > 0; --axis) labels.push_back(-axis);
      i += 2;
    } else {
      throw Refusal("its equation is not understood");
    }
  }
  return labels;
}

/// The axes of the result where the equation has no "->": those of "...", then the letters that
/// occur once, in alphabetical order.
std::vector<int> implicit_result(const std::vector<Labelled>& operands) {
  std::map<int, int> times;
  for (const Labelled& one : operands)
    for (const int label : one.labels) ++times[label];
  std::vector<int> result;
  for (const auto& [label, count] : times)
    if (label < 0 || count == 1) result.push_back(label);
  return result;
}

Constant evaluate_einsum(OnnxImport& in, OnnxNode& node) {
  std::string equation = node.attributes.take_string("equation", "");
  std::erase(equation, ' ');
  const std::size_t arrow = equation.find("->");
  std::vector<Labelled> operands;
  std::size_t begin = 0, hidden = 0;
  const std::string left = equation.substr(0, arrow);
  for (std::size_t i = 0; i < node.inputs.size(); ++i) {
    if (begin > left.size()) throw Refusal("its equation does not fit its inputs");
    const std::size_t end = std::min(left.find(',', begin), left.size());
    const Constant& constant = operand(in, node, i);
    operands.push_back(
        {&constant, labels_of(left.substr(begin, end - begin), constant.dims.size())});
    for (const int label : operands.back().labels)
      hidden = std::max(hidden, std::size_t(label < 0 ? -label : 0));
    begin = end + 1;
  }
  if (operands.empty() || begin <= left.size())
    throw Refusal("its equation does not fit its inputs");
  if (arrow == std::string::npos) return sum_of_products(in, operands, implicit_result(operands));
  const std::string right = equation.substr(arrow + 2);
  const auto letters = right.find("...") == std::string::npos ? right.size() : right.size() - 3;
  return sum_of_products(in, operands, labels_of(right, letters + hidden));
}

/// Numpy's rule: leading axes are a batch, a vector is a row on the left, a column on the right.
Constant evaluate_matmul(OnnxImport& in, OnnxNode& node) {
  const Constant& a = operand(in, node, 0);
  const Constant& b = operand(in, node, 1);
  if (a.dims.empty() || b.dims.empty()) throw Refusal("a factor is a single number");
  constexpr int kRow = 'r', kColumn = 'c', kInner = 'i';
  const auto batch_labels = [](std::size_t rank) {
    std::vector<int> labels;
    for (std::size_t i = 2; i < rank; ++i) labels.push_back(-int(rank - i));
    return labels;
  };
  std::vector<int> of_a = batch_labels(a.dims.size()), of_b = batch_labels(b.dims.size());
  std::vector<int> result = of_a.size() > of_b.size() ? of_a : of_b;
  if (a.dims.size() > 1) of_a.push_back(kRow), result.push_back(kRow);
  of_a.push_back(kInner);
  of_b.push_back(kInner);
  if (b.dims.size() > 1) of_b.push_back(kColumn), result.push_back(kColumn);
  if (a.dims.back() != b.dims[b.dims.size() > 1 ? b.dims.size() - 2 : 0])
    throw Refusal("its factors do not go together");
  return sum_of_products(in, {{&a, of_a}, {&b, of_b}}, result);
}

Constant evaluate_gemm(OnnxImport& in, OnnxNode& node) {
  const double alpha = node.attributes.take_float("alpha", 1);
  const double beta = node.attributes.take_float("beta", 1);
  const bool turn_a = node.attributes.take_int("transA", 0) != 0;
  const bool turn_b = node.attributes.take_int("transB", 0) != 0;
  const auto labels = [](int first, int second, bool turn) {
    return turn ? std::vector<int>{second, first} : std::vector<int>{first, second};
  };
  const Constant product = sum_of_products(in,
                                           {{&operand(in, node, 0), labels('r', 'i', turn_a)},
                                            {&operand(in, node, 1), labels('i', 'c', turn_b)}},
                                           {'r', 'c'});
  std::vector<double> values(product.size());
  for (std::size_t i = 0; i < values.size(); ++i) values[i] = alpha * product.at(i);
  if (has_operand(node, 2)) {
    const Constant& shift = operand(in, node, 2);
    if (broadcast(shift.dims, product.dims) != product.dims)
      throw Refusal("its third input enlarges the product");
    const auto source = broadcast_indices(shift.dims, product.dims);
    for (std::size_t i = 0; i < values.size(); ++i) values[i] += beta * shift.at(source[i]);
  }
  return like(product, product.dims, values);
}

/// Numbers of equal place in `narrow` (extents of 1 where values are taken together) are reduced to
/// mean 0 and variance 1.
std::vector<double> standardised(const Constant& data, const Dims& narrow, double epsilon) {
  std::vector<double> sum(volume(narrow), 0), squares(sum.size(), 0);
  const double count = double(data.size()) / double(std::max<std::size_t>(sum.size(), 1));
  for_each_broadcast(narrow, data.dims,
                     [&](std::size_t i, std::size_t group) { sum[group] += data.at(i); });
  for (double& mean : sum) mean /= count;
  std::vector<double> values(data.size());
  for_each_broadcast(narrow, data.dims, [&](std::size_t i, std::size_t group) {
    values[i] = data.at(i) - sum[group];
    squares[group] += values[i] * values[i];
  });
  std::vector<double> deviation;
  for (const double s : squares) deviation.push_back(std::sqrt(s / count + epsilon));
  for_each_broadcast(narrow, data.dims,
                     [&](std::size_t i, std::size_t group) { values[i] /= deviation[group]; });
  return values;
}

/// Extents of one number per channel, for broadcasting.
Dims channels_only(const Dims& dims) {
  if (dims.size() < 2) throw Refusal("its input has no channels");
  Dims narrow(dims.size(), 1);
  narrow[1] = dims[1];
  return narrow;
}

/// values * scale + shift, which are inputs 1 and 2, seen with the extents `narrow`.
Constant scaled_and_shifted(OnnxImport& in, const OnnxNode& node, const Constant& data,
                            std::vector<double> values, const Dims& narrow) {
  for (const std::size_t input : {std::size_t(1), std::size_t(2)}) {
    if (!has_operand(node, input)) continue;
    const Constant& by = operand(in, node, input);
    if (std::int64_t(by.size()) != volume(narrow))
      throw Refusal("its scale or shift does not fit its input");
    for_each_broadcast(narrow, data.dims, [&](std::size_t i, std::size_t place) {
      values[i] = input == 1 ? values[i] * by.at(place) : values[i] + by.at(place);
    });
  }
  return like(data, data.dims, values);
}

/// In training mode (standardised weights are often exported so) the data's own statistics count.
Constant evaluate_batch_norm(OnnxImport& in, OnnxNode& node) {
  const Constant& data = operand(in, node, 0);
  const double epsilon = node.attributes.take_float("epsilon", 1e-5f);
  node.attributes.take_float("momentum", 0.9f);
  if (node.attributes.take_int("spatial", 1) != 1)
    throw Refusal("statistics that vary over space are not supported");
  const Dims narrow = channels_only(data.dims);
  const bool further = in.opset < 14 && std::any_of(node.outputs.begin() + 1, node.outputs.end(),
                                                    [](const auto& o) { return !o.empty(); });
  std::vector<double> values(data.size());
  if (node.attributes.take_int("training_mode", 0) != 0 || further) {
    values = standardised(data, narrow, epsilon);
  } else {
    const Constant& mean = operand(in, node, 3);
    const Constant& variance = operand(in, node, 4);
    if (std::int64_t(mean.size()) != volume(narrow) || variance.size() != mean.size())
      throw Refusal("its statistics do not fit its input");
    for_each_broadcast(narrow, data.dims, [&](std::size_t i, std::size_t place) {
      values[i] = (data.at(i) - mean.at(place)) / std::sqrt(variance.at(place) + epsilon);
    });
  }
  return scaled_and_shifted(in, node, data, std::move(values), narrow);
}

Constant evaluate_instance_norm(OnnxImport& in, OnnxNode& node) {
  const Constant& data = operand(in, node, 0);
  const Dims channels = channels_only(data.dims);
  Dims groups = channels;
  groups[0] = data.dims[0];
  return scaled_and_shifted(
      in, node, data, standardised(data, groups, node.attributes.take_float("epsilon", 1e-5f)),
      channels);
}

Constant evaluate_layer_norm(OnnxImport& in, OnnxNode& node) {
  const Constant& data = operand(in, node, 0);
  const int axis = node.take_axis(-1, data.dims.size());
  node.attributes.take_int("stash_type", 1);
  Dims groups = data.dims, own = data.dims;
  std::fill(groups.begin() + axis, groups.end(), 1);
  std::fill(own.begin(), own.begin() + axis, 1);
  return scaled_and_shifted(
      in, node, data, standardised(data, groups, node.attributes.take_float("epsilon", 1e-5f)),
      own);
}

/// One axis of space of a convolution.
struct ConvAxis {
  std::int64_t size, kernel, stride, dilation, pad, out;
};

std::vector<ConvAxis> take_conv_axes(OnnxNode& node, const Dims& dims, const Dims& kernel) {
  if (node.attributes.take_string("auto_pad", "NOTSET") != "NOTSET")
    throw Refusal("auto_pad is not supported where all inputs are constants");
  const std::size_t n = dims.size() - 2;
  Dims strides = node.attributes.take_ints("strides", Dims(n, 1));
  Dims dilations = node.attributes.take_ints("dilations", Dims(n, 1));
  Dims pads = node.attributes.take_ints("pads", Dims(2 * n, 0));
  const Dims sides(kernel.begin() + 2, kernel.end());
  if (node.attributes.take_ints("kernel_shape", sides) != sides || strides.size() != n ||
      dilations.size() != n || pads.size() != 2 * n)
    throw Refusal("its attributes do not fit its weights");
  std::vector<ConvAxis> axes;
  for (std::size_t i = 0; i < n; ++i) {
    ConvAxis axis{dims[i + 2], sides[i], strides[i], dilations[i], pads[i], 0};
    if (axis.stride < 1 || axis.dilation < 1)
      throw Refusal("its stride or dilation is not positive");
    const std::int64_t room =
        axis.size + pads[i] + pads[i + n] - axis.dilation * (axis.kernel - 1) - 1;
    if (room < 0) throw Refusal("its kernel is larger than its input");
    axis.out = room / axis.stride + 1;
    axes.push_back(axis);
  }
  return axes;
}

/// The element of a map under the kernel's element `tap` at the output's element `at` (both counted
/// through all axes); nothing in the padding.
std::optional<std::int64_t> under_kernel(const std::vector<ConvAxis>& axes, std::int64_t at,
                                         std::int64_t tap) {
  std::int64_t index = 0, step = 1;
  for (std::size_t i = axes.size(); i-- > 0;) {
    const ConvAxis& a = axes[i];
    const std::int64_t place = at % a.out * a.stride - a.pad + tap % a.kernel * a.dilation;
    if (place < 0 || place >= a.size) return std::nullopt;
    index += place * step;
    step *= a.size;
    at /= a.out;
    tap /= a.kernel;
  }
  return index;
}

Constant evaluate_conv(OnnxImport& in, OnnxNode& node) {
  const Constant& data = operand(in, node, 0);
  const Constant& weights = operand(in, node, 1);
  const std::int64_t groups = node.attributes.take_int("group", 1);
  if (data.dims.size() < 3 || weights.dims.size() != data.dims.size() || groups < 1 ||
      weights.dims[1] * groups != data.dims[1] || weights.dims[0] % groups != 0)
    throw Refusal("its weights do not fit its input");
  const std::vector<ConvAxis> axes = take_conv_axes(node, data.dims, weights.dims);
  Dims dims{data.dims[0], weights.dims[0]};
  for (const ConvAxis& axis : axes) dims.push_back(axis.out);
  const std::int64_t cells = volume_from(dims, 2), taps = volume_from(weights.dims, 2);
  const std::int64_t map = volume_from(data.dims, 2), depth = weights.dims[1];
  expect_moderate_work(in, double(moderate_volume(in, dims)) * double(taps) * double(depth) * 4);
  std::vector<double> values(volume(dims), 0);
  for (std::int64_t cell = 0; cell < cells; ++cell)
    for (std::int64_t tap = 0; tap < taps; ++tap) {
      const auto under = under_kernel(axes, cell, tap);
      if (!under) continue;
      for (std::int64_t n = 0; n < dims[0]; ++n)
        for (std::int64_t c = 0; c < dims[1]; ++c)
          for (std::int64_t d = 0; d < depth; ++d) {
            const std::int64_t channel = c / (dims[1] / groups) * depth + d;
            values[(n * dims[1] + c) * cells + cell] +=
                data.at((n * data.dims[1] + channel) * map + *under) *
                weights.at((c * depth + d) * taps + tap);
          }
    }
  if (has_operand(node, 2)) {
    const Constant& shift = operand(in, node, 2);
    if (std::int64_t(shift.size()) != dims[1]) throw Refusal("its bias does not fit its weights");
    for (std::size_t i = 0; i < values.size(); ++i)
      values[i] += shift.at(i / std::size_t(cells) % std::size_t(dims[1]));
  }
  return like(data, dims, values);
}

}  // namespace

const OnnxEvaluators& multiplying_evaluators() {
  static const OnnxEvaluators table{{"MatMul", evaluate_matmul},
                                    {"Gemm", evaluate_gemm},
                                    {"Einsum", evaluate_einsum},
                                    {"BatchNormalization", evaluate_batch_norm},
                                    {"InstanceNormalization", evaluate_instance_norm},
                                    {"LayerNormalization", evaluate_layer_norm},
                                    {"Conv", evaluate_conv}};
  return table;
}

}  // namespace rfmap::importing
