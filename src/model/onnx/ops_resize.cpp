#include <algorithm>
#include <cmath>
#include <optional>
#include <string>
#include <unordered_map>
#include <utility>
#include <vector>

#include <fmt/format.h>

#include "model/onnx/import.h"
#include "model/stretch.h"

// Resize and Upsample.
namespace rfmap::importing {
namespace {

/// Factors of all axes, and the resulting extents.
struct Stretch {
  std::vector<float> factors;
  Dims dims;
  std::vector<std::size_t> axes;  ///< those that the file names, in its order
};

/// Inputs of Resize since opset 11; before, input 1 holds factors.
constexpr std::size_t kRegion = 1, kFactors = 2, kSizes = 3;

std::vector<std::size_t> take_axes(OnnxNode& node, std::size_t rank) {
  std::vector<std::size_t> axes;
  for (const std::int64_t axis : node.attributes.take_ints("axes"))
    axes.push_back(std::size_t(resolve_axis(axis, int(rank))));
  if (axes.empty())
    for (std::size_t i = 0; i < rank; ++i) axes.push_back(i);
  return axes;
}

/// An extent times a factor, in single precision as in ONNX Runtime.
std::int64_t stretched(std::int64_t extent, float factor) {
  const float product = factor * float(extent);
  if (!(product < 1e9f)) throw Refusal("its result is too large");
  return std::int64_t(product);
}

void stretch_by_factors(Stretch& stretch, const Dims& from, const std::vector<float>& factors) {
  for (std::size_t i = 0; i < factors.size(); ++i) {
    const std::size_t axis = stretch.axes[i];
    if (!(factors[i] > 0)) throw Refusal("its scales have to be positive");
    stretch.factors[axis] = factors[i];
    stretch.dims[axis] = stretched(from[axis], factors[i]);
  }
}

void stretch_to_sizes(Stretch& stretch, const Dims& from, const Dims& sizes,
                      const std::string& policy) {
  for (std::size_t i = 0; i < sizes.size(); ++i) {
    const std::size_t axis = stretch.axes[i];
    stretch.dims[axis] = sizes[i];
    stretch.factors[axis] = float(sizes[i]) / float(from[axis]);
  }
  if (policy == "stretch") return;
  if (policy != "not_larger" && policy != "not_smaller")
    throw Refusal("keep_aspect_ratio_policy '" + policy + "' is not understood");
  float common = stretch.factors[stretch.axes.front()];
  for (const std::size_t axis : stretch.axes)
    common = policy == "not_larger" ? std::min(common, stretch.factors[axis])
                                    : std::max(common, stretch.factors[axis]);
  for (const std::size_t axis : stretch.axes) {
    stretch.factors[axis] = common;
    stretch.dims[axis] = std::int64_t(std::round(common * float(from[axis])));
  }
}

/// By factors or by extents, of all axes or of `axes`.
Stretch take_stretch(OnnxImport& in, OnnxNode& node, const Dims& from) {
  Stretch stretch{std::vector<float>(from.size(), 1), from, take_axes(node, from.size())};
  const bool old = in.opset < 11;
  std::vector<float> factors = node.attributes.take_floats("scales");
  if (const auto given = in.constant_input(node, old ? 1 : kFactors))
    for (std::size_t i = 0; i < given->size(); ++i) factors.push_back(float(given->at(i)));
  Dims sizes;
  if (!old && factors.empty())
    if (const auto given = in.constant_input(node, kSizes)) sizes = as_integers(*given);
  const std::string policy = node.attributes.take_string("keep_aspect_ratio_policy", "stretch");
  if (factors.size() != stretch.axes.size() && sizes.size() != stretch.axes.size())
    throw Refusal("its scales or sizes do not fit its axes");
  if (factors.empty())
    stretch_to_sizes(stretch, from, sizes, policy);
  else
    stretch_by_factors(stretch, from, factors);
  for (const std::int64_t extent : stretch.dims)
    if (extent < 1) throw Refusal("its result would have no values");
  if (stretch.factors[0] != 1) throw Refusal("resizing the batch is not supported");
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
                              {"tf_half_pixel_for_nn", Coordinates::tf_half_pixel},
                              {"tf_crop_and_resize", Coordinates::crop}},
                             "supported");
}

Interpolation take_interpolation(const OnnxImport& in, OnnxNode& node) {
  const std::string mode = node.attributes.take_string("mode", "nearest");
  const std::string nearest = node.attributes.take_string("nearest_mode", "round_prefer_floor");
  if (mode != "nearest")
    return choice<Interpolation>("mode", mode,
                                 {{"linear", Interpolation::linear},
                                  {"bilinear", Interpolation::linear},
                                  {"cubic", Interpolation::cubic}},
                                 "understood");
  if (in.opset < 11) return Interpolation::simple;
  return choice<Interpolation>("nearest_mode", nearest,
                               {{"floor", Interpolation::floor},
                                {"ceil", Interpolation::ceil},
                                {"round_prefer_floor", Interpolation::round_down},
                                {"round_prefer_ceil", Interpolation::round_up}},
                               "understood");
}

/// What rows and columns have in common.
Resizing take_resizing(const OnnxImport& in, OnnxNode& node) {
  Resizing r;
  r.coordinates = take_coordinates(in, node);
  r.interpolation = take_interpolation(in, node);
  r.antialias = node.attributes.take_int("antialias", 0) != 0;
  r.exclude_outside = node.attributes.take_int("exclude_outside", 0) != 0;
  r.cubic_a = node.attributes.take_float("cubic_coeff_a", r.cubic_a);
  const bool cubic = r.interpolation == Interpolation::cubic;
  const bool linear = r.interpolation == Interpolation::linear;
  if (r.antialias && !cubic && !linear)
    throw Refusal("antialias is supported in the modes linear and cubic only");
  if (r.exclude_outside && !cubic && !(linear && r.antialias))
    throw Refusal("exclude_outside is supported in mode cubic and with antialias only");
  return r;
}

/// The part of each axis that tf_crop_and_resize resizes, in 0..1: begin, then end.
std::pair<std::vector<float>, std::vector<float>> take_region(OnnxImport& in, const OnnxNode& node,
                                                              const Stretch& stretch) {
  const std::size_t rank = stretch.dims.size(), named = stretch.axes.size();
  std::vector<float> begin(rank, 0), end(rank, 1);
  const auto given = in.constant_input(node, kRegion);
  if (!given || given->size() == 0) return {begin, end};
  if (given->size() != 2 * named) throw Refusal("its roi does not fit its axes");
  for (std::size_t i = 0; i < named; ++i) {
    begin[stretch.axes[i]] = float(given->at(i));
    end[stretch.axes[i]] = float(given->at(i + named));
  }
  return {begin, end};
}

/// Whether a position has no taps: a crop places it beyond the map.
bool is_outside(const AxisTaps& taps, int position) {
  if (!taps.index) return false;
  const auto first = taps.index->begin() + std::ptrdiff_t(position) * taps.width;
  return std::all_of(first, first + taps.width, [](int i) { return i < 0; });
}

/// `value` where some axis lies outside, else 0; axes that are kept have extent 1.
Constant values_outside(const std::vector<AxisTaps>& along, const Dims& dims, float value) {
  constexpr std::int64_t kMost = std::int64_t(1) << 28;
  if (volume(dims) > kMost) throw Refusal("its result is too large");
  Dims extents;
  std::vector<float> values{0};
  for (std::size_t axis = 0; axis < dims.size(); ++axis) {
    extents.push_back(along[axis].index ? dims[axis] : 1);
    std::vector<float> wider;
    for (const float outer : values)
      for (int u = 0; u < extents.back(); ++u)
        wider.push_back(is_outside(along[axis], u) ? value : outer);
    values = std::move(wider);
  }
  return make_constant(std::move(extents), std::move(values));
}

/// By axis.
std::vector<AxisTaps> take_taps(OnnxImport& in, OnnxNode& node, const Dims& from,
                                const Stretch& stretch) {
  Resizing r = take_resizing(in, node);
  const bool crops = r.coordinates == Coordinates::crop;
  const auto [begin, end] =
      crops ? take_region(in, node, stretch) : std::pair<std::vector<float>, std::vector<float>>();
  std::vector<AxisTaps> along;
  for (std::size_t axis = 0; axis < from.size(); ++axis) {
    r.n = to_int(from[axis], "a side");
    r.m = to_int(stretch.dims[axis], "a side");
    r.factor = stretch.factors[axis];
    if (crops) r.crop_begin = begin[axis], r.crop_end = end[axis];
    along.push_back(resized(r));
  }
  return along;
}

Value import_resize(OnnxImport& in, OnnxNode& node) {
  const Value& input = in.input(node, 0);
  if (input.dims.size() < 3)
    throw Refusal("its input of " + text(input.dims) + " has no rows or columns");
  const Stretch stretch = take_stretch(in, node, input.dims);
  const std::vector<AxisTaps> along = take_taps(in, node, input.dims, stretch);
  const float outside = node.attributes.take_float("extrapolation_value", 0);
  if (stretch.dims == input.dims) return in.builder.alias(input, node.label());
  std::optional<Constant> added;
  if (outside != 0) added = values_outside(along, stretch.dims, outside);
  const bool adds = added && std::ranges::any_of(*added->floats, [](float v) { return v != 0; });
  const Value inside =
      resampled(in.builder, adds ? node.helper("/inside") : node.label(), input, along, "resize");
  return adds ? affine(in.builder, node.label(), inside, std::nullopt, added) : inside;
}

}  // namespace

const OnnxHandlers& resize_handlers() {
  static const OnnxHandlers table{{"Resize", import_resize}, {"Upsample", import_resize}};
  return table;
}

}  // namespace rfmap::importing
