#include <cmath>
#include <string>
#include <unordered_map>
#include <vector>

#include <fmt/format.h>

#include "model/onnx/import.h"
#include "model/stretch.h"

// Resize and Upsample: for theory only, which needs to know what they read.
namespace rfmap::importing {
namespace {

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
  const std::vector<float> given_factors = node.attributes.take_floats("scales");
  std::vector<double> factors(given_factors.begin(), given_factors.end());
  if (const auto given = in.constant_input(node, old ? 1 : 2))
    for (std::size_t i = 0; i < given->size(); ++i) factors.push_back(given->at(i));
  Dims sizes;
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

/// The value of an attribute that is one of `names`.
template <class T>
T choice(const std::string& attribute, const std::string& given,
         const std::unordered_map<std::string, T>& names, const std::string& problem) {
  if (const auto found = names.find(given); found != names.end()) return found->second;
  throw Refusal(fmt::format("{} '{}' is not {}", attribute, given, problem));
}

Coordinates take_coordinates(const OnnxImport& in, OnnxNode& node) {
  const std::string name = "coordinate_transformation_mode";
  const std::string given =
      node.attributes.take_string(name, in.opset < 11 ? "asymmetric" : "half_pixel");
  return choice<Coordinates>(name, given,
                             {{"half_pixel", Coordinates::half_pixel},
                              {"half_pixel_symmetric", Coordinates::symmetric},
                              {"pytorch_half_pixel", Coordinates::pytorch},
                              {"align_corners", Coordinates::align_corners},
                              {"asymmetric", Coordinates::asymmetric},
                              {"tf_half_pixel_for_nn", Coordinates::tf_half_pixel}},
                             "supported");
}

Interpolation take_interpolation(const OnnxImport& in, OnnxNode& node) {
  const std::string mode = node.attributes.take_string("mode", "nearest");
  const std::string nearest =
      node.attributes.take_string("nearest_mode", in.opset < 11 ? "floor" : "round_prefer_floor");
  if (mode != "nearest")
    return choice<Interpolation>("mode", mode,
                                 {{"linear", Interpolation::linear},
                                  {"bilinear", Interpolation::linear},
                                  {"cubic", Interpolation::cubic}},
                                 "understood");
  return choice<Interpolation>("nearest_mode", nearest,
                               {{"floor", Interpolation::floor},
                                {"ceil", Interpolation::ceil},
                                {"round_prefer_floor", Interpolation::round_down},
                                {"round_prefer_ceil", Interpolation::round_up}},
                               "understood");
}

Value import_resize(OnnxImport& in, OnnxNode& node) {
  in.expect_theory();
  const Value& input = in.input(node, 0);
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
  const auto along = [&](std::size_t axis) {
    r.n = input.dims[axis];
    r.m = stretch.dims[axis];
    r.factor = stretch.factors[axis];
    return resize_reads(r);
  };
  return in.builder.add_shaped(node.label(), TheoryOnly{"resize", along(2), along(3)}, {input},
                               stretch.dims);
}

}  // namespace

const OnnxHandlers& resize_handlers() {
  static const OnnxHandlers table{{"Resize", import_resize}, {"Upsample", import_resize}};
  return table;
}

}  // namespace rfmap::importing
