#include <algorithm>
#include <stdexcept>
#include <utility>
#include <vector>

#include "rfmap/images.h"

#include "io/crop.h"
#include "io/ordered_pool.h"

namespace rfmap {
using namespace io;

struct ImageReader::State : OrderedPool<LoadedImage> {
  using OrderedPool::OrderedPool;
};

namespace {

std::vector<ImageRange> single_ranges(const std::vector<int>& indices) {
  std::vector<ImageRange> ranges;
  for (const int index : indices) ranges.push_back({index, 1});
  return ranges;
}

/// Positions in the order of delivery, and the images that they mean.
class Order {
 public:
  Order(std::vector<ImageRange> ranges, std::size_t images) : ranges_(std::move(ranges)) {
    for (const ImageRange& range : ranges_) {
      if (range.first < 0 || range.count < 0 ||
          std::size_t(range.first) + std::size_t(range.count) > images)
        throw std::out_of_range("an index of an image");
      count_ += range.count;
      ends_.push_back(count_);
    }
  }
  int count() const { return count_; }
  int image(int position) const {
    const auto end = std::upper_bound(ends_.begin(), ends_.end(), position);
    const ImageRange& range = ranges_[std::size_t(end - ends_.begin())];
    return range.first + range.count - (*end - position);
  }

 private:
  std::vector<ImageRange> ranges_;
  std::vector<int> ends_;  ///< position behind each range
  int count_ = 0;
};

}  // namespace

ImageReader::ImageReader(ImageList images, const std::vector<int>& indices,
                         Preprocessing preprocessing, int channels, int threads)
    : ImageReader(std::move(images), single_ranges(indices), std::move(preprocessing), channels,
                  threads) {}

ImageReader::ImageReader(ImageList images, std::vector<ImageRange> ranges,
                         Preprocessing preprocessing, int channels, int threads) {
  require_usable(preprocessing, channels);
  const Order order(std::move(ranges), images.size());
  const auto load = [images = std::move(images), order, p = std::move(preprocessing),
                     channels](int position) {
    const int index = order.image(position);
    LoadedImage loaded = load_image(images[std::size_t(index)], p, channels);
    loaded.index = index;
    return loaded;
  };
  state_ = std::make_unique<State>(order.count(), threads, 4 * std::max(1, threads) + 16, load);
}
ImageReader::~ImageReader() = default;

std::optional<LoadedImage> ImageReader::next() { return state_->next(); }

}  // namespace rfmap
