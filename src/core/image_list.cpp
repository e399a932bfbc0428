#include <array>
#include <stdexcept>
#include <string>
#include <string_view>
#include <utility>

#include "rfmap/images.h"

namespace rfmap {

ImageList::ImageList(std::initializer_list<ImageRef> images) {
  for (const ImageRef& image : images) push_back(image);
}
ImageList::ImageList(const std::vector<ImageRef>& images) {
  for (const ImageRef& image : images) push_back(image);
}

void ImageList::push_back(const ImageRef& image) {
  for (const std::string_view text : {std::string_view(image.path), std::string_view(image.label)})
    texts_.append(std::as_bytes(std::span(text)));
  const std::uint64_t end = texts_.size();
  ends_.push_back({end - image.label.size(), end});
  has_labels_ = has_labels_ || !image.label.empty();
}

ImageRef ImageList::operator[](std::size_t i) const {
  if (i >= size()) throw std::out_of_range("an index of an image");
  std::array<Ends, 2> ends{};  // of the image before, and its own
  if (i == 0)
    ends_.read(0, std::span(ends).last(1));
  else
    ends_.read(i - 1, ends);
  const std::uint64_t begin = ends[0].label;
  std::string text(std::size_t(ends[1].label - begin), '\0');
  texts_.read(begin, std::as_writable_bytes(std::span(text)));
  std::string label = text.substr(std::size_t(ends[1].path - begin));
  text.resize(std::size_t(ends[1].path - begin));
  return {std::move(text), std::move(label)};
}

}  // namespace rfmap
