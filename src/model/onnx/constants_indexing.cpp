#include <algorithm>
#include <functional>

#include "model/onnx/constants.h"

// Gather and scatter with constant indices.
namespace rfmap::importing {
namespace {

Constant evaluate_gather(OnnxImport& in, OnnxNode& node) {
  const Constant& data = operand(in, node, 0);
  const Constant& wanted = operand(in, node, 1);
  const int axis = node.take_axis(0, data.dims.size());
  const AlongAxis all(data.dims, axis);
  Dims dims = data.dims;
  dims.erase(dims.begin() + axis);
  dims.insert(dims.begin() + axis, wanted.dims.begin(), wanted.dims.end());
  std::vector<std::size_t> indices;
  indices.reserve(moderate_volume(in, dims));
  for (std::int64_t o = 0; o < all.outer; ++o)
    for (const std::int64_t index : as_integers(wanted)) {
      const int i = resolve_axis(index, int(all.n));
      for (std::int64_t k = 0; k < all.inner; ++k) indices.push_back(all.at(o, i, k));
    }
  return gather(data, std::move(dims), indices);
}

/// For each element of `indices`, the element of a tensor of `dims` that it names: its own
/// position, with its value along `axis`.
std::vector<std::size_t> named_elements(const Dims& dims, const Constant& indices, int axis) {
  if (indices.dims.size() != dims.size()) throw Refusal("its indices have another rank");
  for (std::size_t i = 0; i < dims.size(); ++i)
    if (int(i) != axis && indices.dims[i] > dims[i]) throw Refusal("its indices reach too far");
  Dims steps = strides(dims);
  const std::int64_t step = std::exchange(steps[axis], 0);
  std::vector<std::size_t> elements = strided_indices(indices.dims, steps);
  const std::vector<std::int64_t>& values = as_integers(indices);
  for (std::size_t i = 0; i < elements.size(); ++i)
    elements[i] += std::size_t(resolve_axis(values[i], int(dims[axis])) * step);
  return elements;
}

Constant evaluate_gather_elements(OnnxImport& in, OnnxNode& node) {
  const Constant& data = operand(in, node, 0);
  const Constant& indices = operand(in, node, 1);
  const int axis = node.take_axis(0, data.dims.size());
  return gather(data, indices.dims, named_elements(data.dims, indices, axis));
}

/// First elements of the slices that the tuples of `indices` (its last axis) name in a tensor of
/// `dims`; the first `batch` axes of both run together.
std::vector<std::size_t> named_slices(const Dims& dims, const Constant& indices, int batch) {
  const std::size_t rank = indices.dims.size();
  if (rank == 0 || batch < 0 || std::size_t(batch) >= rank ||
      batch + indices.dims.back() > std::int64_t(dims.size()) ||
      !std::equal(dims.begin(), dims.begin() + batch, indices.dims.begin()))
    throw Refusal("its indices do not fit its data");
  const std::int64_t length = indices.dims.back();
  const std::vector<std::int64_t>& values = as_integers(indices);
  const std::int64_t tuples = volume_before(indices.dims, int(rank) - 1);
  const std::int64_t batches = volume_before(dims, batch);
  const std::int64_t batch_size = volume_from(dims, batch);
  const Dims steps = strides(dims);
  std::vector<std::size_t> first(tuples);
  for (std::int64_t t = 0; t < tuples; ++t) {
    std::int64_t at =
        t / std::max<std::int64_t>(tuples / std::max<std::int64_t>(batches, 1), 1) * batch_size;
    for (std::int64_t i = 0; i < length; ++i)
      at += resolve_axis(values[t * length + i], int(dims[batch + i])) * steps[batch + i];
    first[t] = std::size_t(at);
  }
  return first;
}

Constant evaluate_gather_nd(OnnxImport& in, OnnxNode& node) {
  const Constant& data = operand(in, node, 0);
  const Constant& indices = operand(in, node, 1);
  const int batch = to_int(node.attributes.take_int("batch_dims", 0), "batch_dims");
  const auto first = named_slices(data.dims, indices, batch);
  const int named = batch + int(indices.dims.back());
  Dims dims(indices.dims.begin(), indices.dims.end() - 1);
  dims.insert(dims.end(), data.dims.begin() + named, data.dims.end());
  const std::int64_t slice = volume_from(data.dims, named);
  std::vector<std::size_t> elements;
  elements.reserve(moderate_volume(in, dims));
  for (const std::size_t begin : first)
    for (std::int64_t k = 0; k < slice; ++k) elements.push_back(begin + k);
  return gather(data, std::move(dims), elements);
}

/// `data` with updates[i] written, or combined, at elements[i], in this order.
Constant scattered(const Constant& data, const std::vector<std::size_t>& elements,
                   const Constant& updates, const std::string& reduction) {
  expect_one_of(reduction, "reduction", {"none", "add", "mul", "max", "min"});
  if (updates.size() != elements.size() || updates.is_integer() != data.is_integer())
    throw Refusal("its updates do not fit its indices");
  const auto write = [&](auto values, const auto& news) {
    for (std::size_t i = 0; i < elements.size(); ++i) {
      auto& at = values[elements[i]];
      if (reduction == "none") at = news[i];
      if (reduction == "add") at += news[i];
      if (reduction == "mul") at *= news[i];
      if (reduction == "max") at = std::max(at, news[i]);
      if (reduction == "min") at = std::min(at, news[i]);
    }
    return make_constant(data.dims, std::move(values));
  };
  return data.is_integer() ? write(*data.integers, *updates.integers)
                           : write(*data.floats, *updates.floats);
}

/// Also the older Scatter.
Constant evaluate_scatter_elements(OnnxImport& in, OnnxNode& node) {
  const Constant& data = operand(in, node, 0);
  const int axis = node.take_axis(0, data.dims.size());
  const auto elements = named_elements(data.dims, operand(in, node, 1), axis);
  return scattered(data, elements, operand(in, node, 2),
                   node.attributes.take_string("reduction", "none"));
}

Constant evaluate_scatter_nd(OnnxImport& in, OnnxNode& node) {
  const Constant& data = operand(in, node, 0);
  const Constant& indices = operand(in, node, 1);
  std::vector<std::size_t> elements;
  const auto first = named_slices(data.dims, indices, 0);
  const std::int64_t slice = volume_from(data.dims, int(indices.dims.back()));
  for (const std::size_t begin : first)
    for (std::int64_t k = 0; k < slice; ++k) elements.push_back(begin + k);
  return scattered(data, elements, operand(in, node, 2),
                   node.attributes.take_string("reduction", "none"));
}

Constant evaluate_non_zero(OnnxImport& in, OnnxNode& node) {
  const Constant& data = operand(in, node, 0);
  const Dims steps = strides(data.dims);
  std::vector<std::size_t> found;
  for (std::size_t i = 0; i < data.size(); ++i)
    if (data.at(i) != 0) found.push_back(i);
  std::vector<std::int64_t> places;
  for (std::size_t axis = 0; axis < steps.size(); ++axis)
    for (const std::size_t i : found)
      places.push_back(std::int64_t(i) / steps[axis] % data.dims[axis]);
  return make_constant({std::int64_t(steps.size()), std::int64_t(found.size())}, std::move(places));
}

}  // namespace

const OnnxEvaluators& indexing_evaluators() {
  static const OnnxEvaluators table{{"Gather", evaluate_gather},
                                    {"GatherElements", evaluate_gather_elements},
                                    {"GatherND", evaluate_gather_nd},
                                    {"Scatter", evaluate_scatter_elements},
                                    {"ScatterElements", evaluate_scatter_elements},
                                    {"ScatterND", evaluate_scatter_nd},
                                    {"NonZero", evaluate_non_zero}};
  return table;
}

}  // namespace rfmap::importing
