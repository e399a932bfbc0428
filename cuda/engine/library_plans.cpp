#include "engine/library_plans.h"

#include <algorithm>

namespace rfmap::cuda {

/// Strict fp32 excludes tensor cores, larger Winograd tiles and Fourier transforms, which round
/// differently; nothing may depend on the order of atomic sums, and only an engine that says so by
/// its precision may store fewer digits of its inputs than they have.
std::string refused_note(Precision precision, const std::vector<std::string>& notes) {
  std::vector<std::string> refused{"NONDETERMINISTIC",    "REDUCED_PRECISION_REDUCTION",
                                   "DOWN_CONVERT_INPUTS", "FFT",
                                   "WINOGRAD_TILE_6x6",   "WINOGRAD_TILE_13x13"};
  if (precision == Precision::fp32) refused.push_back("TENSOR_CORE");
  const auto found = std::ranges::find_first_of(notes, refused);
  return found == notes.end() ? "" : *found;
}

}  // namespace rfmap::cuda
