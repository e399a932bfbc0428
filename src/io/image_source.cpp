#include "io/image_source.h"

#include <algorithm>
#include <charconv>
#include <filesystem>
#include <iterator>
#include <system_error>
#include <utility>

#include <fmt/format.h>

#include "rfmap/error.h"

#include "io/containers.h"
#include "io/crop.h"
#include "io/decode.h"
#include "io/files.h"

namespace rfmap {
namespace io {
namespace {

/// The last kind is not asked: its reader says what is wrong with the file.
cv::Mat read_item(const ImageItem& item) {
  const auto last = std::prev(kContainers.end());
  const auto container = std::find_if(kContainers.begin(), last,
                                      [&](const Container* c) { return c->holds(item.file); });
  return (*container)->read(item.file, item.index);
}

cv::Mat read_pixels(const std::string& path) {
  quiet_opencv();
  if (const auto item = item_of(path)) return read_item(*item);
  return decode_image(read_image_file(path));
}

}  // namespace

std::optional<ImageItem> item_of(const std::string& path) {
  const std::size_t mark = path.rfind('#');
  if (mark == std::string::npos || mark + 1 == path.size()) return std::nullopt;
  ImageItem item{path.substr(0, mark), 0};
  const char* end = path.data() + path.size();
  const auto [stop, error] = std::from_chars(path.data() + mark + 1, end, item.index);
  if (error != std::errc() || stop != end || item.index < 0) return std::nullopt;
  std::error_code unknown;
  return std::filesystem::exists(path, unknown) ? std::nullopt : std::optional(item);
}

std::string file_of(const std::string& path) {
  const auto item = item_of(path);
  return item ? item->file : path;
}

std::vector<ImageRef> list_items(const std::string& file) {
  std::vector<ImageRef> items;
  for (const Container* container : kContainers) {
    if (!container->holds(file)) continue;
    const int count = container->count(file);
    for (int i = 0; i < count; ++i) items.push_back({fmt::format("{}#{}", file, i), ""});
    break;
  }
  return items;
}

}  // namespace io

LoadedImage load_image(const ImageRef& image, const Preprocessing& p, int channels) {
  io::require_usable(p, channels);
  LoadedImage loaded;
  const auto skip = [&](std::string problem, ImageStatus status = ImageStatus::skipped) {
    loaded.problem = std::move(problem);
    loaded.status = status;
  };
  try {
    const cv::Mat pixels = io::read_pixels(image.path);
    loaded.original = {pixels.rows, pixels.cols};
    loaded.crop = io::make_crop(pixels, p, channels);
  } catch (const io::Damaged& reason) {
    skip(image.path + " " + reason.what(), ImageStatus::damaged);
  } catch (const io::Unreadable& reason) {
    skip(image.path + " " + reason.what());
  } catch (const Error& sentence) {
    skip(sentence.what());
  } catch (const std::exception& fault) {
    skip(image.path + " cannot be read: " + fault.what());
  }
  return loaded;
}

}  // namespace rfmap
