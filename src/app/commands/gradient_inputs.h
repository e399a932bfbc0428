#pragma once

#include <cstdint>
#include <functional>
#include <optional>
#include <span>

#include "rfmap/preprocess.h"

#include "app/options/options.h"

namespace rfmap::app {

enum class InputKind { automatic, zero, noise, images };

/// Where the inputs come from at which gradients are taken.
struct InputRequest {
  InputKind kind = InputKind::automatic;  ///< images where there are some, else noise
  Texts images;
  std::uint64_t seed = 0;      ///< for the first noise input; the next have seed + 1, seed + 2, ...
  std::optional<int> samples;  ///< one of noise, all images if not given
  std::optional<Preprocessing>
      preprocessing;  ///< as given; noise without it has mean 0 and standard deviation 1
  int threads = 1;
};

InputKind kind_of(const InputRequest& request);

/// Calls `visit` with every input as network values [C, H, W]; images that cannot be read are
/// skipped with a warning, and their number is returned. Throws ConfigError, DataError (no image
/// could be read).
int for_each_input(const InputRequest& request, const Shape& input,
                   const std::function<void(std::span<const float>)>& visit);

}  // namespace rfmap::app
