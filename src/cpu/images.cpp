#include <algorithm>
#include <cstring>

#include "cpu/operations.h"

namespace rfmap::cpu {
using namespace plan;
namespace {

/// Pastes the part of a patch that lies inside the image into one sample.
void paste(const float* patch, Size size, Point origin, float* sample, const Shape& image) {
  const Rect box = intersect({0, 0, image.h, image.w},
                             {origin.y, origin.x, origin.y + size.h, origin.x + size.w});
  if (box.empty()) return;
  const std::size_t bytes = std::size_t(box.x1 - box.x0) * sizeof(float);
  for (int c = 0; c < image.c; ++c) {
    for (int y = box.y0; y < box.y1; ++y) {
      const std::size_t from = (std::size_t(c) * size.h + (y - origin.y)) * size.w;
      const std::size_t to = (std::size_t(c) * image.h + y) * image.w + box.x0;
      std::memcpy(sample + to, patch + from + (box.x0 - origin.x), bytes);
    }
  }
}

}  // namespace

void load_images(Builder& builder, int output) {
  builder.loop({output}, [to = builder.memory(output)](Run& run) {
    std::copy(run.call.images.begin(), run.call.images.end(), floats(to));
  });
}

void occlude(Builder& builder, int images, int output, const Shape& image) {
  builder.loop({images, output}, [image, from = builder.memory(images),
                                  to = builder.memory(output)](Run& run) {
    const std::size_t volume = image.volume();
    const Size size = run.patch_size;
    const std::size_t patch_volume = std::size_t(image.c) * size.h * size.w;
    const int count = int(run.call.occluders.size());
#pragma omp parallel for schedule(static)
    for (int n = 0; n < count; ++n) {
      const Occluder& occluder = run.call.occluders[n];
      float* sample = floats(to) + n * volume;
      std::memcpy(sample, floats(from) + occluder.image * volume, volume * sizeof(float));
      if (occluder.patch >= 0)
        paste(run.patches.data() + occluder.patch * patch_volume, size, occluder.origin, sample,
              image);
    }
  });
}

}  // namespace rfmap::cpu
