#include <algorithm>

#include "rfmap/images.h"

#include "io/crop.h"
#include "io/ordered_pool.h"

namespace rfmap {
using namespace io;

struct ImageReader::State {
  std::vector<ImageRef> images;
  std::vector<int> indices;
  Preprocessing preprocessing;
  int channels;
  OrderedPool<LoadedImage> pool;  // last: its threads read the members above

  State(std::vector<ImageRef> refs, std::vector<int> order, Preprocessing p, int c, int threads)
      : images(std::move(refs)),
        indices(std::move(order)),
        preprocessing(std::move(p)),
        channels(c),
        pool(int(indices.size()), threads, 4 * std::max(1, threads) + 16,
             [this](int job) { return load(indices[std::size_t(job)]); }) {}

  LoadedImage load(int index) const {
    LoadedImage loaded = load_image(images.at(std::size_t(index)), preprocessing, channels);
    loaded.index = index;
    return loaded;
  }
};

ImageReader::ImageReader(std::vector<ImageRef> images, std::vector<int> indices,
                         Preprocessing preprocessing, int channels, int threads) {
  require_usable(preprocessing, channels);
  for (const int index : indices) static_cast<void>(images.at(std::size_t(index)));
  state_ = std::make_unique<State>(std::move(images), std::move(indices), std::move(preprocessing),
                                   channels, threads);
}
ImageReader::~ImageReader() = default;

std::optional<LoadedImage> ImageReader::next() { return state_->pool.next(); }

}  // namespace rfmap
