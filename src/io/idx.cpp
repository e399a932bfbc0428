#include "io/idx.h"

#include <algorithm>
#include <array>
#include <filesystem>
#include <map>
#include <mutex>
#include <span>
#include <type_traits>

#include <fmt/format.h>
#include <opencv2/imgproc.hpp>
#include <zlib.h>

#include "rfmap/error.h"

#include "io/byte_order.h"
#include "io/containers.h"
#include "io/extents.h"
#include "io/files.h"

namespace rfmap::io {
namespace {
namespace fs = std::filesystem;

struct CloseGz {
  void operator()(gzFile file) const noexcept { gzclose(file); }
};
using GzFile = std::unique_ptr<std::remove_pointer_t<gzFile>, CloseGz>;

constexpr std::uint8_t kUnsignedByte = 0x08;

/// The bytes of a file, unpacked; zlib passes uncompressed files through, so both cases are the
/// same. Throws DataError.
class GzReader {
 public:
  explicit GzReader(const std::string& path) : path_(path), file_(gzopen(path.c_str(), "rb")) {
    if (!file_) throw DataError(path + " cannot be opened: its permissions may forbid it");
    gzbuffer(file_.get(), 1 << 17);
  }
  const std::string& path() const { return path_; }
  /// Number of bytes read, fewer than asked for at the end; checks gzip's checksum there.
  std::size_t read(std::span<std::uint8_t> to) {
    const int got = gzread(file_.get(), to.data(), unsigned(to.size()));
    int code = Z_OK;
    const std::string reason = gzerror(file_.get(), &code);
    if (code == Z_DATA_ERROR)
      throw DataError(path_ + " is a damaged gzip file (" + reason + "): fetch it again");
    if (got < 0 || code != Z_OK) throw_cut_short();
    return std::size_t(got);
  }
  void read_all(std::span<std::uint8_t> to) {
    if (read(to) != to.size()) throw_cut_short();
  }

 private:
  [[noreturn]] void throw_cut_short() const {
    throw DataError(path_ + " is cut short: fetch it again");
  }

  std::string path_;
  GzFile file_;
};

IdxFile read_header(GzReader& file) {
  const std::string& path = file.path();
  std::array<std::uint8_t, 4> magic{}, length{};
  file.read_all(magic);
  if (magic[0] != 0 || magic[1] != 0)
    throw DataError(path + " is not an IDX file: it does not begin with two zero bytes");
  if (magic[2] != kUnsignedByte)
    throw DataError(
        fmt::format("{} is an IDX file of type 0x{:02X} where images need unsigned bytes (0x08)",
                    path, magic[2]));
  if (magic[3] != 3 && magic[3] != 4)
    throw DataError(fmt::format(
        "{} is an IDX file of {} dimensions where images need 3 (grey) or 4 (colour last){}", path,
        magic[3], magic[3] == 1 ? ": these may be the labels" : ""));
  std::array<std::uint32_t, 4> n{0, 0, 0, 1};
  for (int d = 0; d < magic[3]; ++d) {
    file.read_all(length);
    n[d] = ByteView{length}.get(0, 4);
  }
  constexpr std::uint32_t largest_side = 1 << 16, largest_count = 1u << 31;
  if (n[0] >= largest_count || n[1] == 0 || n[2] == 0 || n[1] > largest_side ||
      n[2] > largest_side || std::uint64_t(n[1]) * n[2] > kMostDecoded || (n[3] != 1 && n[3] != 3))
    throw DataError(
        fmt::format("{} is an IDX file of {} x {} x {} x {} values (images, height, width, "
                    "channels): not a set "
                    "of grey or RGB images",
                    path, n[0], n[1], n[2], n[3]));
  return {int(n[0]), int(n[1]), int(n[2]), int(n[3]), {}};
}

/// Grows with the bytes that are read: a damaged header may announce more than the memory holds.
void read_pixels(GzReader& file, IdxFile& idx) {
  const std::uint64_t total =
      std::uint64_t(idx.count) * idx.height * std::uint64_t(idx.width) * idx.channels;
  constexpr std::uint64_t step = 1 << 24;
  for (std::uint64_t at = 0; at < total; at += step) {
    const std::uint64_t count = std::min(step, total - at);
    idx.pixels.resize(at + count);
    file.read_all(std::span(idx.pixels).subspan(at));
  }
  std::uint8_t beyond = 0;
  if (file.read({&beyond, 1}) > 0)
    throw DataError(file.path() + " is a damaged IDX file: it is longer than its header says");
}

IdxFile read_idx(const std::string& path) {
  GzReader file(path);
  IdxFile idx = read_header(file);
  read_pixels(file, idx);
  return idx;
}

struct Version {
  std::uintmax_t size = 0;
  fs::file_time_type changed;
  bool operator==(const Version&) const = default;
};
struct Known {
  Version version;
  std::shared_ptr<const IdxFile> file;
};

/// True if the content, gzipped or not, begins like an IDX file of any type.
bool is_idx(const std::string& path) {
  std::array<std::uint8_t, 4> b{};
  if (GzReader(path).read(b) != 4) return false;
  return b[0] == 0 && b[1] == 0 && b[2] >= 0x08 && b[2] <= 0x0E && b[3] >= 1 && b[3] <= 8;
}

void list_idx(const std::string& path, const std::function<void(std::string label)>& add) {
  const int count = open_idx(path)->count;
  if (count == 0) throw DataError(path + " is an IDX file of 0 images");
  for (int i = 0; i < count; ++i) add("");
}

StoredImage read_idx_image(const std::string& path, int index) {
  const auto file = open_idx(path);
  if (index >= file->count)
    throw Unreadable(fmt::format("is beyond the end: the file holds {} images", file->count));
  const std::size_t bytes = std::size_t(file->height) * std::size_t(file->width) * file->channels;
  const std::uint8_t* first = file->pixels.data() + std::size_t(index) * bytes;
  const cv::Mat stored(file->height, file->width, CV_8UC(file->channels),
                       const_cast<std::uint8_t*>(first));
  StoredImage image;
  cv::cvtColor(stored, image.pixels, file->channels == 1 ? cv::COLOR_GRAY2BGR : cv::COLOR_RGB2BGR);
  return image;
}

}  // namespace

const Container kIdx{is_idx, list_idx, read_idx_image};

std::shared_ptr<const IdxFile> open_idx(const std::string& path) {
  static std::mutex mutex;
  static std::map<std::string, Known> files;
  std::error_code error;
  const Version now{fs::file_size(path, error), fs::last_write_time(path, error)};
  if (error) throw DataError(path + " cannot be read: " + error.message());
  const std::lock_guard lock(mutex);
  Known& known = files[path];
  if (!known.file || known.version != now)
    known = {now, std::make_shared<const IdxFile>(read_idx(path))};
  return known.file;
}

}  // namespace rfmap::io
