#include <filesystem>
#include <string>

#include <fmt/format.h>

#include "rfmap/error.h"
#include "rfmap/images.h"

#include "io/crop.h"
#include "io/decode.h"
#include "io/files.h"
#include "io/idx.h"

namespace rfmap {
using namespace io;
namespace {

cv::Mat read_idx_item(const IdxItem& item) {
  quiet_opencv();
  const auto file = open_idx(item.file);
  if (item.index >= file->count)
    throw Unreadable(fmt::format("is beyond the end: the file holds {} images", file->count));
  return idx_image(*file, item.index);
}

/// A file of exactly this name has priority: "photo#2" may be one.
cv::Mat read_pixels(const std::string& path) {
  const auto item = split_idx_item(path);
  if (item && !std::filesystem::exists(path)) return read_idx_item(*item);
  return decode_image(read_image_file(path));
}

}  // namespace

LoadedImage load_image(const ImageRef& image, const Preprocessing& p, int channels) {
  require_usable(p, channels);
  LoadedImage loaded;
  try {
    const cv::Mat pixels = read_pixels(image.path);
    loaded.original = {pixels.rows, pixels.cols};
    loaded.crop = make_crop(pixels, p, channels);
  } catch (const Unreadable& reason) {
    loaded.problem = image.path + " " + reason.what();
  } catch (const Error& sentence) {
    loaded.problem = sentence.what();
  } catch (const std::exception& fault) {
    loaded.problem = image.path + " cannot be read: " + fault.what();
  }
  return loaded;
}

}  // namespace rfmap
