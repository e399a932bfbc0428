#include <algorithm>
#include <cmath>

#include "model/onnx/import.h"
#include "model/stretch.h"

// Operations that no engine runs: imported for theory, which only needs to know what they read.
namespace rfmap::importing {
namespace {

/// Attribute with one value per axis (rows, columns).
Dims take_axes(OnnxNode& node, const std::string& name, std::int64_t fallback) {
  Dims values = node.attributes.take_ints(name, {fallback, fallback});
  if (values.size() != 2) throw Refusal("attribute '" + name + "' does not have two values");
  return values;
}

/// Geometry of a transposed convolution along its two axes.
struct Transposed {
  Dims kernel, stride, pad_before, pads, more;
};

/// Padding that gives `wanted` output cells (output_shape, or stride times the input for SAME).
void pad_to(Transposed& t, std::size_t axis, std::int64_t n, std::int64_t wanted, bool upper) {
  const std::int64_t whole = t.stride[axis] * (n - 1) + t.more[axis] + t.kernel[axis];
  const std::int64_t total = std::max<std::int64_t>(whole - wanted, 0);
  t.pads[axis] = whole - wanted;
  t.pad_before[axis] = upper ? total / 2 : total - total / 2;
}

Transposed take_transposed(OnnxNode& node, const Value& input, const Dims& kernel) {
  Transposed t{
      kernel, take_axes(node, "strides", 1), {0, 0}, {0, 0}, take_axes(node, "output_padding", 0)};
  if (take_axes(node, "dilations", 1) != Dims{1, 1}) throw Refusal("its dilation is not supported");
  if (t.stride[0] < 1 || t.stride[1] < 1) throw Refusal("its strides have to be positive");
  const Dims pads = node.attributes.take_ints("pads", {0, 0, 0, 0});
  if (pads.size() != 4) throw Refusal("attribute 'pads' does not have four values");
  const Dims shape = node.attributes.take_ints("output_shape", {});
  const std::string mode = node.attributes.take_string("auto_pad", "NOTSET");
  const bool upper = mode == "SAME_UPPER", same = upper || mode == "SAME_LOWER";
  if (!same && mode != "NOTSET" && mode != "VALID" && !mode.empty())
    throw Refusal("auto_pad '" + mode + "' is not understood");
  for (std::size_t axis : {0, 1}) {
    const std::int64_t n = input.dims[axis + 2];
    t.pad_before[axis] = mode == "VALID" ? 0 : pads[axis];
    t.pads[axis] = mode == "VALID" ? 0 : pads[axis] + pads[axis + 2];
    if (shape.size() >= 2)
      pad_to(t, axis, n, shape[shape.size() - 2 + axis], upper);
    else if (same)
      pad_to(t, axis, n, n * t.stride[axis], upper);
  }
  return t;
}

void import_transposed(OnnxImport& in, OnnxNode& node) {
  const Value input = in.input(node, 0);
  expect_map(input);
  const auto weights = in.constant_input(node, 1);
  if (!weights || weights->dims.size() != 4) throw Refusal("its weights are not of rank 4");
  const Dims kernel{weights->dims[2], weights->dims[3]};
  if (node.attributes.take_ints("kernel_shape", kernel) != kernel)
    throw Damaged("its weights of " + text(weights->dims) + " contradict its kernel_shape");
  const std::int64_t groups = node.attributes.take_int("group", 1);
  const Transposed t = take_transposed(node, input, kernel);
  Dims dims{input.dims[0], weights->dims[1] * groups, 0, 0};
  TheoryOnly op{"transposed convolution", {}, {}};
  for (std::size_t axis : {0, 1}) {
    const int k = to_int(kernel[axis], "a side"), s = to_int(t.stride[axis], "a stride");
    (axis == 0 ? op.y : op.x) = transposed_reads(k, s, to_int(t.pad_before[axis], "padding"));
    dims[axis + 2] = transposed_extent(input.dims[axis + 2], k, s, to_int(t.pads[axis], "padding"),
                                       to_int(t.more[axis], "padding"));
  }
  in.set(node.outputs[0], in.builder.add_theory_only(node.label(), std::move(op), input, dims));
}

/// Factors of all axes, and the resulting extents.
struct Stretch {
  std::vector<double> factors;
  Dims dims;
};

/// Inputs 1 or 2 of Resize and Upsample hold factors, input 3 extents; for all axes or for `axes`.
Stretch take_stretch(OnnxImport& in, OnnxNode& node, const Dims& from) {
  const std::size_t rank = from.size();
  Stretch stretch{std::vector<double>(rank, 1), from};
  Dims axes = node.attributes.take_ints("axes", {});
  if (axes.empty())
    for (std::size_t i = 0; i < rank; ++i) axes.push_back(std::int64_t(i));
  const bool old = in.opset < 11;
  std::vector<double> factors;
  for (const float f : node.attributes.take_floats("scales")) factors.push_back(double(f));
  if (const auto given = in.constant_input(node, old ? 1 : 2))
    for (std::size_t i = 0; i < given->size(); ++i) factors.push_back(given->at(i));
  std::vector<std::int64_t> sizes;
  if (!old && factors.empty())
    if (const auto given = in.constant_input(node, 3)) sizes = as_integers(*given);
  if (factors.size() != axes.size() && sizes.size() != axes.size())
    throw Refusal("its scales or sizes do not fit its axes");
  for (std::size_t i = 0; i < axes.size(); ++i) {
    const auto axis = std::size_t(resolve_axis(axes[i], int(rank)));
    const auto n = double(from[axis]);
    stretch.dims[axis] = sizes.empty() ? std::int64_t(std::floor(n * factors[i] + 1e-6)) : sizes[i];
    stretch.factors[axis] = sizes.empty() ? factors[i] : double(sizes[i]) / n;
    if (stretch.dims[axis] < 1 || !(stretch.factors[axis] > 0))
      throw Refusal("its scales or sizes have to be positive");
  }
  return stretch;
}

Coordinates take_coordinates(OnnxImport& in, OnnxNode& node) {
  const std::string given = node.attributes.take_string(
      "coordinate_transformation_mode", in.opset < 11 ? "asymmetric" : "half_pixel");
  static const std::unordered_map<std::string, Coordinates> names{
      {"half_pixel", Coordinates::half_pixel},
      {"half_pixel_symmetric", Coordinates::symmetric},
      {"pytorch_half_pixel", Coordinates::pytorch},
      {"align_corners", Coordinates::align_corners},
      {"asymmetric", Coordinates::asymmetric},
      {"tf_half_pixel_for_nn", Coordinates::tf_half_pixel}};
  const auto found = names.find(given);
  if (found == names.end())
    throw Refusal("coordinate_transformation_mode '" + given + "' is not supported");
  return found->second;
}

Interpolation take_interpolation(OnnxImport& in, OnnxNode& node) {
  const std::string mode = node.attributes.take_string("mode", "nearest");
  const std::string nearest =
      node.attributes.take_string("nearest_mode", in.opset < 11 ? "floor" : "round_prefer_floor");
  if (mode == "linear" || mode == "bilinear") return Interpolation::linear;
  if (mode == "cubic") return Interpolation::cubic;
  if (mode != "nearest") throw Refusal("mode '" + mode + "' is not understood");
  if (nearest == "floor") return Interpolation::floor;
  if (nearest == "ceil") return Interpolation::ceil;
  if (nearest == "round_prefer_floor") return Interpolation::round_down;
  if (nearest == "round_prefer_ceil") return Interpolation::round_up;
  throw Refusal("nearest_mode '" + nearest + "' is not understood");
}

void import_resize(OnnxImport& in, OnnxNode& node) {
  const Value input = in.input(node, 0);
  expect_map(input);
  const Stretch stretch = take_stretch(in, node, input.dims);
  if (stretch.dims[0] != input.dims[0] || stretch.dims[1] != input.dims[1])
    throw Refusal("resizing the batch or the channels is not supported");
  if (node.attributes.take_string("keep_aspect_ratio_policy", "stretch") != "stretch")
    throw Refusal("keep_aspect_ratio_policy is not supported");
  Resizing r;
  r.coordinates = take_coordinates(in, node);
  r.interpolation = take_interpolation(in, node);
  r.antialias = node.attributes.take_int("antialias", 0) != 0;
  for (const char* of_values : {"cubic_coeff_a", "extrapolation_value"})
    node.attributes.take_float(of_values, 0);
  node.attributes.take_int("exclude_outside", 0);
  TheoryOnly op{"resize", {}, {}};
  for (std::size_t axis : {2, 3}) {
    r.n = input.dims[axis];
    r.m = stretch.dims[axis];
    r.factor = stretch.factors[axis];
    (axis == 2 ? op.y : op.x) = resize_reads(r);
  }
  in.set(node.outputs[0],
         in.builder.add_theory_only(node.label(), std::move(op), input, stretch.dims));
}

/// Element-wise: the field is the input's.
void import_pointwise(OnnxImport& in, OnnxNode& node) {
  const Value input = in.input(node, 0);
  for (const char* of_values : {"alpha", "beta", "gamma", "lambd", "bias"})
    node.attributes.take_float(of_values, 0);
  node.attributes.take_string("approximate", "");
  in.set(node.outputs[0],
         in.builder.add_theory_only(node.label(), {node.op, {}, {}}, input, input.dims));
}

OnnxHandlers make_table() {
  OnnxHandlers table{
      {"ConvTranspose", import_transposed}, {"Resize", import_resize}, {"Upsample", import_resize}};
  for (const char* op :
       {"Abs", "Celu", "Elu", "Erf", "Exp", "Gelu", "HardSigmoid", "Log", "Mish", "Neg", "Selu",
        "Shrink", "Softplus", "Softsign", "Sqrt", "Reciprocal", "Swish", "ThresholdedRelu"})
    table.emplace(op, import_pointwise);
  return table;
}

}  // namespace

const OnnxHandlers& theory_handlers() {
  static const OnnxHandlers table = make_table();
  return table;
}

}  // namespace rfmap::importing
