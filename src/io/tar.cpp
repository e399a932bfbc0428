#include <algorithm>
#include <filesystem>
#include <functional>
#include <list>
#include <memory>
#include <mutex>
#include <string>
#include <string_view>
#include <utility>

#include <fmt/format.h>

#include "rfmap/error.h"
#include "rfmap/spooled.h"

#include "io/containers.h"
#include "io/image_source.h"
#include "io/tar_headers.h"

namespace rfmap::io {
namespace {
namespace fs = std::filesystem;

constexpr std::size_t kOpenTars = 8;  // images are read in order, so few are in use at a time
constexpr std::uint64_t kLargestImage = std::uint64_t(1) << 31;
constexpr std::uint64_t kLongestLabel = 4096;

struct TarVersion {
  std::uintmax_t size = 0;
  fs::file_time_type changed;
  bool operator==(const TarVersion&) const = default;
};

struct TarExtent {
  std::uint64_t start = 0, size = 0;
};

/// An open tar file and where its images are.
struct OpenTar {
  std::string path;
  TarVersion version;
  RandomFile file;
  Spooled<TarExtent> images;
};

/// No part of the name begins with a dot, as in folders; "." and ".." may be there.
bool is_hidden(std::string_view name) {
  while (!name.empty()) {
    const std::string_view part = name.substr(0, name.find('/'));
    if (part.starts_with('.') && part != "." && part != "..") return true;
    name.remove_prefix(std::min(part.size() + 1, name.size()));
  }
  return false;
}

bool is_image_member(const TarMember& member) {
  return has_image_extension(member.name) && !is_hidden(member.name);
}

TarVersion version_of_file(const std::string& path) {
  std::error_code error;
  const TarVersion version{fs::file_size(path, error), fs::last_write_time(path, error)};
  if (error) throw DataError(path + " cannot be read: " + error.message());
  return version;
}

/// The tar files that were read last.
class OpenTars {
 public:
  /// Nothing where it is not open, or has changed since.
  std::shared_ptr<const OpenTar> known(const std::string& path) {
    const std::lock_guard lock(mutex_);
    return find(path);
  }
  /// Throws DataError.
  std::shared_ptr<const OpenTar> open(const std::string& path) {
    const std::lock_guard lock(mutex_);
    if (auto tar = find(path)) return tar;
    const std::shared_ptr<OpenTar> tar(
        new OpenTar{path, version_of_file(path), RandomFile(path), {}});
    TarWalk walk(tar->file, path);
    for (TarMember member; walk.next(member);)
      if (is_image_member(member)) tar->images.push_back({member.start, member.size});
    tars_.push_front(tar);
    if (tars_.size() > kOpenTars) tars_.pop_back();
    return tar;
  }

 private:
  std::shared_ptr<const OpenTar> find(const std::string& path) {
    const auto at = std::ranges::find(tars_, path, [](const auto& tar) { return tar->path; });
    if (at == tars_.end()) return nullptr;
    if ((*at)->version != version_of_file(path)) {
      tars_.erase(at);
      return nullptr;
    }
    tars_.splice(tars_.begin(), tars_, at);
    return tars_.front();
  }

  std::mutex mutex_;
  std::list<std::shared_ptr<const OpenTar>> tars_;  ///< the last used one first
};

OpenTars& open_tars() {
  static OpenTars tars;
  return tars;
}

bool is_tar(const std::string& path) {
  return open_tars().known(path) || begins_like_tar(RandomFile(path));
}

/// What a sample's members share in a WebDataset: all up to the first dot behind the folders.
std::string_view stem_of(std::string_view name) {
  const std::size_t folders = name.rfind('/') + 1;
  return name.substr(0, std::min(name.find('.', folders), name.size()));
}

/// Images of one sample, until its label is known: members of a sample follow each other.
class Sample {
 public:
  explicit Sample(const std::function<void(std::string label)>& add) : add_(add) {}
  void begin(std::string_view stem) {
    if (stem == stem_) return;
    end();
    stem_ = stem;
  }
  void take_image() { ++images_; }
  void take_label(std::string label) { label_ = std::move(label); }
  void end() {
    for (; images_ > 0; --images_) add_(label_);
    label_.clear();
  }

 private:
  const std::function<void(std::string label)>& add_;
  std::string stem_, label_;
  int images_ = 0;
};

/// The first line of a .cls member, trimmed.
std::string read_label(const RandomFile& file, const TarMember& member, const std::string& path) {
  if (member.size > kLongestLabel)
    throw DataError(fmt::format("{} has a label (.cls) of {} bytes; {} are the most", path,
                                member.size, kLongestLabel));
  std::string text(std::size_t(member.size), '\0');
  file.read(member.start, {reinterpret_cast<std::uint8_t*>(text.data()), text.size()});
  constexpr std::string_view blanks = " \t\r";
  text = text.substr(0, text.find_first_of(std::string_view("\n\0", 2)));
  text.erase(0, std::min(text.find_first_not_of(blanks), text.size()));
  text.erase(text.find_last_not_of(blanks) + 1);
  return text;
}

void list_tar(const std::string& path, const std::function<void(std::string label)>& add) {
  const RandomFile file(path);
  TarWalk walk(file, path);
  int images = 0;
  Sample sample(add);
  for (TarMember member; walk.next(member);) {
    const std::string_view stem = stem_of(member.name);
    sample.begin(stem);
    if (is_image_member(member)) {
      sample.take_image();
      ++images;
    } else if (std::string_view(member.name).substr(stem.size()) == ".cls") {
      sample.take_label(read_label(file, member, path));
    }
  }
  sample.end();
  if (images == 0)
    throw DataError(path +
                    " is a tar file without images: members that end in .jpg, .jpeg, .png, .bmp, "
                    ".tif, .tiff or .webp are taken");
}

StoredImage read_tar_image(const std::string& path, int index) {
  const auto tar = open_tars().open(path);
  if (std::size_t(index) >= tar->images.size())
    throw Unreadable(
        fmt::format("is beyond the end: the file holds {} images", tar->images.size()));
  const TarExtent extent = tar->images[std::size_t(index)];
  StoredImage image{{}, {}, name_before(tar->file, extent.start)};
  if (extent.size == 0) throw Unreadable(fmt::format("({}) is empty", image.name));
  if (extent.size > kLargestImage)
    throw Unreadable(
        fmt::format("({}) has {} bytes; {} are the most", image.name, extent.size, kLargestImage));
  image.encoded.resize(std::size_t(extent.size));
  if (tar->file.read(extent.start, image.encoded) != image.encoded.size())
    throw Unreadable(fmt::format("({}) cannot be read to its end", image.name));
  return image;
}

}  // namespace

const Container kTar{is_tar, list_tar, read_tar_image};

}  // namespace rfmap::io
