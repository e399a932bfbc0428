#pragma once

#include <cstdint>
#include <initializer_list>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "rfmap/preprocess.h"
#include "rfmap/spooled.h"

namespace rfmap {

/// One image of the set: an absolute path, or an item of an IDX or tar file as FILE#INDEX.
struct ImageRef {
  std::string path;
  std::string label;  ///< second column of a list, .cls member of a tar; empty if there is none
};

/// Images in order. A list of millions takes no memory: it is kept as Spool keeps bytes. Several
/// threads may read; none may append meanwhile.
class ImageList {
 public:
  using value_type = ImageRef;
  using const_iterator = IndexIterator<ImageList, ImageRef>;
  using iterator = const_iterator;

  ImageList() = default;
  ImageList(std::initializer_list<ImageRef> images);
  explicit ImageList(const std::vector<ImageRef>& images);

  std::size_t size() const { return ends_.size(); }
  bool empty() const { return size() == 0; }
  bool has_labels() const { return has_labels_; }  ///< an image has one
  void push_back(const ImageRef& image);
  /// Throws std::out_of_range.
  ImageRef operator[](std::size_t i) const;
  ImageRef at(std::size_t i) const { return (*this)[i]; }
  const_iterator begin() const { return {*this, 0}; }
  const_iterator end() const { return {*this, size()}; }

 private:
  struct Ends {
    std::uint64_t path = 0, label = 0;  ///< the label follows its path
  };
  Spool texts_;
  Spooled<Ends> ends_;
  bool has_labels_ = false;
};

/// All images of `paths`: folders (recursive, sorted bytewise by relative path; only .jpg .jpeg
/// .png .bmp .tif .tiff .webp in any case; names that begin with a dot are ignored; links are
/// followed, but not in circles), text lists (one path per line, relative to the list's folder,
/// then optionally a label after a tab, blank or comma; a first line of column names is left out;
/// lines that begin with # are comments), IDX files
/// (.gz too; unsigned bytes, 3 dimensions = grey, 4 = colour last), tar files (not compressed;
/// members that are called like images, in the archive's order), single images. Kinds of files are
/// recognised by content. Throws ConfigError for a path that does not exist, DataError for a set
/// without images, of more than 2^31 - 1, or a damaged IDX or tar file.
ImageList list_images(const std::vector<std::string>& paths);

/// What became of an image; the numbers are those of the results file.
enum class ImageStatus : std::uint8_t {
  read = 0,
  skipped = 1,  ///< no image, of a kind not read, or smaller than the crop
  damaged = 2,  ///< skipped too: cut short, a wrong checksum, data that a decoder would repair
};

/// A decoded and cropped image, or the reason why there is none.
struct LoadedImage {
  int index = 0;
  Size original;        ///< height and width in the file (after EXIF orientation)
  Crop crop;            ///< empty when skipped
  std::string problem;  ///< one sentence; empty when read
  ImageStatus status = ImageStatus::read;
  double reading = 0, decoding = 0;  ///< seconds: from the disk; decoding, resizing and cropping
};

/// Images first, first + 1, ... of a list.
struct ImageRange {
  int first = 0, count = 0;
};

/// Decodes and preprocesses ahead on its own threads, at most 4 x threads + 16 images, and delivers
/// in the order of `indices` (into `images`), or of `ranges` of them. May be destroyed at any time.
/// Throws ConfigError if channels and preprocessing do not fit, std::out_of_range for an index that
/// the list has not; a problem with an image is in its `problem`.
class ImageReader {
 public:
  ImageReader(ImageList images, const std::vector<int>& indices, Preprocessing preprocessing,
              int channels, int threads);
  ImageReader(ImageList images, std::vector<ImageRange> ranges, Preprocessing preprocessing,
              int channels, int threads);
  ~ImageReader();
  ImageReader(const ImageReader&) = delete;
  /// The next image, or nothing at the end. Blocks.
  std::optional<LoadedImage> next();

 private:
  struct State;
  std::unique_ptr<State> state_;
};

/// Reads one image immediately, by the same rules. Throws EngineError (out of memory, too many open
/// files): that is not the image's fault.
LoadedImage load_image(const ImageRef& image, const Preprocessing& p, int channels);

/// Blur fill: the crop filtered by a Gaussian of `sigma` pixels, border replicated.
Crop gaussian_blur(const Crop& crop, double sigma);

/// The crop as a colour or grey PNG (channels restored to RGB).
void write_png(const std::string& path, const Crop& crop, ChannelOrder order);

}  // namespace rfmap
