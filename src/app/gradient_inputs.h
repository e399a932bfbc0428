#pragma once

#include <cstdint>
#include <functional>
#include <optional>
#include <span>

#include "rfmap/preprocess.h"

#include "app/codecs.h"
#include "app/option.h"

namespace rfmap::app {

enum class InputKind { automatic, zero, noise, images };

/// The inputs at which gradients are taken.
struct InputRequest {
  InputKind kind = InputKind::automatic;  ///< images if there are any, else noise
  Texts images;
  std::uint64_t seed = 0;  ///< of the first noise; the next have seed + 1, seed + 2, ...
  int samples = 0;         ///< 0: one noise input, or all images
  std::optional<Preprocessing> preprocessing;  ///< none: noise of mean 0, standard deviation 1
  int threads = 0;
};

InputKind kind_of(const InputRequest& request);

/// Calls `visit` with every input as network values [C, H, W]; images that cannot be read are
/// skipped with a warning, and their number is returned. Throws ConfigError, DataError (no image
/// could be read).
int for_each_input(const InputRequest& request, const Shape& input,
                   const std::function<void(std::span<const float>)>& visit);

}  // namespace rfmap::app
