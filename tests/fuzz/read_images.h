#pragma once

#include <string>

#include "rfmap/error.h"
#include "rfmap/images.h"

namespace rfmap::fuzz {

/// Lists the images that a path means and reads some of them; errors are sentences.
inline void read_images(const std::string& path, std::size_t most) {
  Preprocessing p;
  p.crop = {8, 8};
  try {
    const auto images = list_images({path});
    for (std::size_t i = 0; i < images.size() && i < most; ++i) load_image(images[i], p, 3);
  } catch (const Error&) {
  }
}

}  // namespace rfmap::fuzz
