#pragma once

#include <cstddef>
#include <cstdint>
#include <memory>
#include <stdexcept>
#include <string>
#include <vector>

#include "rfmap/error.h"
#include "rfmap/graph.h"

namespace rfmap::importing {

/// A node that cannot be imported; it is omitted with all nodes that depend on it, and listed.
struct Refusal : std::runtime_error {
  using std::runtime_error::runtime_error;
};
/// A file that contradicts itself; it is rejected completely.
struct Damaged : ModelError {
  using ModelError::ModelError;
};

/// Extents as in the file, batch first if there is one.
using Dims = std::vector<std::int64_t>;
using Integers = std::shared_ptr<const std::vector<std::int64_t>>;

/// Number of elements; throws Damaged for negative extents and for more than 2^40 elements.
std::int64_t volume(const Dims& dims);
/// "1 x 3 x 224 x 224"
std::string text(const Dims& dims);
/// Index of an axis counted from the end where negative; throws Refusal outside -rank..rank-1.
int resolve_axis(std::int64_t axis, int rank);
/// `value` as int; throws Refusal naming `what` if it does not fit.
int to_int(std::int64_t value, const std::string& what);

/// A tensor known without an image: weights, or part of a shape. Either floats or integers; neither
/// for large weights that the file does not hold, of which theory needs only the extents.
struct Constant {
  Dims dims;
  Floats floats;
  Integers integers;
  int type = 0;  ///< ONNX's element type, where the file gives one

  bool is_integer() const { return integers != nullptr; }
  bool has_values() const { return integers || floats; }
  std::size_t size() const { return std::size_t(volume(dims)); }
  double at(std::size_t i) const { return integers ? double((*integers)[i]) : (*floats)[i]; }
};
Constant make_constant(Dims dims, std::vector<float> values);
Constant make_constant(Dims dims, std::vector<std::int64_t> values);
Constant number(float value);
/// In the place of values that are missing, for theory: ones, zeros for integers, none if there are
/// many (reading them should not take longer for not being there).
enum class Element { real, integer };
Constant placeholder(Dims dims, Element element);
/// Placeholders up to this size share their values: a file that states many costs no memory.
constexpr std::int64_t kSharedPlaceholder = 4096;

/// Floats of a constant (integers are converted).
Floats as_floats(const Constant& constant);
/// Integers of a constant; throws Refusal if it holds floats.
const std::vector<std::int64_t>& as_integers(const Constant& constant);

/// The common extents of two tensors, aligned at the last axis (numpy's rule); throws Refusal.
Dims broadcast(const Dims& a, const Dims& b);
/// Distance of neighbours along each axis, in elements.
Dims strides(const Dims& dims);
/// Where the elements of a tensor of `dims` are, in their order, in one that is read from element
/// `first` on with `steps` along the axes.
std::vector<std::size_t> strided_indices(const Dims& dims, const Dims& steps,
                                         std::int64_t first = 0);
/// For each element of `wide`, the index of the corresponding element of `narrow`.
std::vector<std::size_t> broadcast_indices(const Dims& narrow, const Dims& wide);

/// Calls `visit(i, j)` for each element i of `wide` in order; j is its element of `narrow`. No
/// index is listed for elements that lie side by side in both, or have one in common (the weights
/// of an output channel).
template <class Visit>
void for_each_broadcast(Dims narrow, Dims wide, Visit&& visit) {
  const auto pop_while = [&](auto condition) {
    std::int64_t length = 1;
    for (; !narrow.empty() && condition(); narrow.pop_back(), wide.pop_back())
      length *= wide.back();
    return length;
  };
  const std::int64_t kept = pop_while([&] { return narrow.back() == wide.back(); });
  const std::int64_t shared = pop_while([&] { return narrow.back() == 1; });
  std::size_t i = 0;
  for (const std::size_t start : broadcast_indices(narrow, wide))
    for (std::int64_t round = 0; round < shared; ++round)
      for (std::int64_t k = 0; k < kept; ++k)
        visit(i++, start * std::size_t(kept) + std::size_t(k));
}

}  // namespace rfmap::importing
