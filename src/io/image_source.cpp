#include "io/image_source.h"

#include <algorithm>
#include <array>
#include <charconv>
#include <chrono>
#include <filesystem>
#include <iterator>
#include <new>
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

using Clock = std::chrono::steady_clock;

double seconds_since(Clock::time_point start) {
  return std::chrono::duration<double>(Clock::now() - start).count();
}

/// The last kind is not asked: its reader says what is wrong with the file.
StoredImage read_stored(const std::string& path) {
  const auto item = item_of(path);
  if (!item) return {{}, read_image_file(path), ""};
  const auto last = std::prev(kContainers.end());
  const auto container = std::find_if(kContainers.begin(), last,
                                      [&](const Container* c) { return c->holds(item->file); });
  return (*container)->read(item->file, item->index);
}

cv::Mat pixels_of(const StoredImage& image) {
  if (!image.pixels.empty()) return image.pixels;
  if (image.name.empty()) return decode_image(image.encoded);
  try {
    return decode_image(image.encoded);
  } catch (const Damaged& reason) {
    throw Damaged(fmt::format("({}) {}", image.name, reason.what()));
  } catch (const Unreadable& reason) {
    throw Unreadable(fmt::format("({}) {}", image.name, reason.what()));
  }
}

void load(const ImageRef& image, const Preprocessing& p, int channels, LoadedImage& loaded) {
  quiet_opencv();
  const Clock::time_point start = Clock::now();
  const StoredImage stored = read_stored(image.path);
  loaded.reading = seconds_since(start);
  const cv::Mat pixels = pixels_of(stored);
  loaded.original = {pixels.rows, pixels.cols};
  loaded.crop = make_crop(pixels, p, channels);
  loaded.decoding = seconds_since(start) - loaded.reading;
}

/// The machine's fault, not the image's.
[[noreturn]] void throw_out_of_memory(const ImageRef& image) {
  throw EngineError("out of memory while " + image.path +
                    " was read; fewer --threads or a smaller --memory need less");
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

bool add_items(const std::string& file, ImageList& images) {
  for (const Container* container : kContainers) {
    if (!container->holds(file)) continue;
    int next = 0;
    container->list(file, [&](std::string label) {
      images.push_back({fmt::format("{}#{}", file, next++), std::move(label)});
    });
    return true;
  }
  return false;
}

bool has_image_extension(std::string_view name) {
  const std::size_t dot = name.substr(name.rfind('/') + 1).rfind('.');
  if (dot == std::string_view::npos || dot == 0) return false;
  std::string extension(name.substr(name.rfind('/') + 1).substr(dot));
  for (char& c : extension)
    if (c >= 'A' && c <= 'Z') c = char(c - 'A' + 'a');
  constexpr std::array<std::string_view, 7> known{".jpg", ".jpeg", ".png", ".bmp",
                                                  ".tif", ".tiff", ".webp"};
  return std::find(known.begin(), known.end(), extension) != known.end();
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
    io::load(image, p, channels, loaded);
  } catch (const io::Damaged& reason) {
    skip(image.path + " " + reason.what(), ImageStatus::damaged);
  } catch (const io::Unreadable& reason) {
    skip(image.path + " " + reason.what());
  } catch (const std::bad_alloc&) {
    io::throw_out_of_memory(image);
  } catch (const cv::Exception& fault) {
    if (fault.code == cv::Error::StsNoMem) io::throw_out_of_memory(image);
    skip(image.path + " cannot be read: " + fault.err);
  } catch (const EngineError&) {
    throw;
  } catch (const Error& sentence) {
    skip(sentence.what());
  } catch (const std::exception& fault) {
    skip(image.path + " cannot be read: " + fault.what());
  }
  return loaded;
}

}  // namespace rfmap
