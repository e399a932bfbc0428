#pragma once

#include <string>

#include "rfmap/images.h"

namespace rfmap::fuzz {

/// Lists the images that a path means and reads some of them.
inline void read_images(const std::string& path, std::size_t most) {
  Preprocessing p;
  p.crop = {8, 8};
  const auto images = list_images({path});
  for (std::size_t i = 0; i < images.size() && i < most; ++i) load_image(images[i], p, 3);
}

}  // namespace rfmap::fuzz
