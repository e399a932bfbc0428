#include <algorithm>
#include <utility>

#include "rfmap/images.h"

#include "io/crop.h"
#include "io/ordered_pool.h"

namespace rfmap {
using namespace io;

struct ImageReader::State : OrderedPool<LoadedImage> {
  using OrderedPool::OrderedPool;
};

ImageReader::ImageReader(std::vector<ImageRef> images, std::vector<int> indices,
                         Preprocessing preprocessing, int channels, int threads) {
  require_usable(preprocessing, channels);
  for (const int index : indices) static_cast<void>(images.at(std::size_t(index)));
  const int count = int(indices.size());
  const auto load = [images = std::move(images), indices = std::move(indices),
                     p = std::move(preprocessing), channels](int job) {
    const int index = indices[std::size_t(job)];
    LoadedImage loaded = load_image(images[std::size_t(index)], p, channels);
    loaded.index = index;
    return loaded;
  };
  state_ = std::make_unique<State>(count, threads, 4 * std::max(1, threads) + 16, load);
}
ImageReader::~ImageReader() = default;

std::optional<LoadedImage> ImageReader::next() { return state_->next(); }

}  // namespace rfmap
