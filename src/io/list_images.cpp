#include <algorithm>
#include <array>
#include <filesystem>
#include <fstream>
#include <limits>
#include <string>
#include <string_view>
#include <system_error>
#include <utility>

#include <fmt/format.h>

#include "rfmap/error.h"
#include "rfmap/images.h"

#include "io/format.h"
#include "io/image_source.h"

namespace rfmap {
using namespace io;
namespace {
namespace fs = std::filesystem;

constexpr std::string_view kAccepted =
    "a folder, a text list of paths, an IDX file, a tar file (not compressed) or an image";

/// Appends the images below one folder. Links are followed, but never into a folder that is already
/// being walked: `open` holds those, as canonical paths. Sorted bytewise by relative path: folders
/// sort as their name with the "/" that follows it, so one folder's names are in memory at a time.
struct FolderWalk {
  ImageList& images;
  std::vector<fs::path> open;

  void enter(const fs::path& folder) {
    const fs::path real = fs::canonical(folder);
    if (std::find(open.begin(), open.end(), real) != open.end()) return;
    open.push_back(real);
    for (const std::string& name : names_in(folder))
      if (name.back() == '/')
        enter(folder / name.substr(0, name.size() - 1));
      else
        images.push_back({(folder / name).string(), ""});
    open.pop_back();
  }
  static std::vector<std::string> names_in(const fs::path& folder) {
    std::vector<std::string> names;
    for (const fs::directory_entry& entry : fs::directory_iterator(folder)) {
      const std::string name = entry.path().filename().string();
      if (name.front() == '.') continue;
      std::error_code unresolved;
      const fs::file_type type = entry.status(unresolved).type();
      if (type == fs::file_type::directory)
        names.push_back(name + "/");
      else if (listed(type) && has_image_extension(name))
        names.push_back(name);
    }
    std::sort(names.begin(), names.end());  // char_traits compares as unsigned bytes
    return names;
  }
  /// A broken link stays in the list: it is then reported as an image that could not be read.
  static bool listed(fs::file_type type) {
    return type == fs::file_type::regular || type == fs::file_type::not_found;
  }
};

void add_folder(const fs::path& folder, ImageList& images) {
  const std::size_t before = images.size();
  FolderWalk walk{images, {}};
  try {
    walk.enter(folder);
  } catch (const fs::filesystem_error& error) {
    throw DataError(error.path1().string() + " cannot be listed: " + error.code().message());
  }
  if (images.size() == before)
    throw DataError(folder.string() +
                    " holds no image: .jpg, .jpeg, .png, .bmp, .tif, .tiff and .webp are taken");
}

std::string_view trimmed(std::string_view line) {
  constexpr std::string_view blanks = " \t\r";
  const std::size_t first = line.find_first_not_of(blanks);
  if (first == std::string_view::npos) return {};
  return line.substr(first, line.find_last_not_of(blanks) - first + 1);
}

bool is_file(const std::string& path) {
  std::error_code unknown;
  const fs::file_status status = fs::status(path, unknown);
  return fs::exists(status) && !fs::is_directory(status);
}

/// Relative to the list's folder. Lists of Places365 begin each path with "/" and mean the same.
std::string listed_path(const fs::path& folder, std::string_view name) {
  std::string path = (folder / name).lexically_normal().string();
  if (!name.starts_with('/') || is_file(path)) return path;
  std::string below = (folder / name.substr(1)).lexically_normal().string();
  return is_file(below) ? below : path;
}

/// The field behind a separator: all of it behind a blank, up to the next comma behind a comma.
std::string label_at(std::string_view line, std::size_t separator) {
  std::string_view label = line.substr(separator + 1);
  if (line[separator] == ',') label = label.substr(0, label.find(','));
  label = trimmed(label);
  if (label.size() >= 2 && label.front() == '"' && label.back() == '"')
    label = label.substr(1, label.size() - 2);
  return std::string(label);
}

/// Where the label's separator is: the last blank or comma behind which `is_path` holds no more.
template <class IsPath>
std::size_t find_separator(std::string_view line, const IsPath& is_path) {
  constexpr std::string_view separators = " ,";
  std::size_t at = line.find_last_of(separators);
  while (at != std::string_view::npos && at > 0 && !is_path(trimmed(line.substr(0, at))))
    at = line.find_last_of(separators, at - 1);
  return at == 0 ? std::string_view::npos : at;
}

/// A label follows a tab, a blank or a comma. A line that is a file as a whole has none; then the
/// longest beginning that is a file counts, then the longest that is called like an image.
ImageRef listed_image(const fs::path& folder, std::string_view line) {
  if (const std::size_t tab = line.find('\t'); tab != std::string_view::npos)
    return {listed_path(folder, trimmed(line.substr(0, tab))),
            std::string(trimmed(line.substr(tab)))};
  ImageRef whole{listed_path(folder, line), ""};
  if (is_file(whole.path)) return whole;
  if (const std::size_t quote = line.find('"', 1); line.front() == '"' && quote != line.npos) {
    const std::size_t comma = line.find(',', quote);
    return {listed_path(folder, line.substr(1, quote - 1)),
            comma == line.npos ? "" : label_at(line, comma)};
  }
  constexpr int kMostLooks = 256;  // at the disk: words of a label
  int looks = 0;
  std::size_t at = find_separator(line, [&](std::string_view name) {
    return ++looks <= kMostLooks && is_file(listed_path(folder, name));
  });
  if (at == line.npos) at = find_separator(line, has_image_extension);
  if (at == line.npos) return whole;
  return {listed_path(folder, trimmed(line.substr(0, at))), label_at(line, at)};
}

/// Names of columns, as in "path,label": the first field is no file and not called like one.
bool is_header(const fs::path& folder, std::string_view line) {
  const std::size_t end = line.find_first_of(",\t");
  if (end == line.npos || line.substr(0, end).find_first_of("./#") != line.npos) return false;
  const ImageRef image = listed_image(folder, line);
  return !is_file(image.path) && !has_image_extension(image.path);
}

[[noreturn]] void throw_not_accepted(const fs::path& path) {
  throw DataError(fmt::format("{} is not {}", path.string(), kAccepted));
}

/// The lines of a text file, one in memory at a time. Throws DataError if it is no text.
class Lines {
 public:
  explicit Lines(const fs::path& path) : path_(path), in_(path, std::ios::binary) {}
  /// Trimmed; false at the end.
  bool next(std::string& line) {
    line.clear();
    for (int c = in_.get(); c != std::ifstream::traits_type::eof(); c = in_.get()) {
      if (c == '\n') return finish(line);
      if (c == '\0' || line.size() >= kLongest) throw_not_accepted(path_);
      line.push_back(char(c));
    }
    if (in_.bad()) throw DataError(path_.string() + " cannot be read to its end");
    return !line.empty() && finish(line);
  }

 private:
  /// A path has up to 4096 bytes, labels may be captions.
  static constexpr std::size_t kLongest = 1 << 16;

  bool finish(std::string& line) {
    if (std::exchange(at_top_, false)) {
      if (line.starts_with("\x1F\x8B")) throw_not_accepted(path_);  // gzip
      if (line.starts_with("\xEF\xBB\xBF")) line.erase(0, 3);       // byte order mark of UTF-8
    }
    line = std::string(trimmed(line));
    return true;
  }

  const fs::path& path_;
  std::ifstream in_;
  bool at_top_ = true;
};

void add_list(const fs::path& path, ImageList& images) {
  const std::size_t before = images.size();
  bool at_top = true;
  Lines lines(path);
  for (std::string line; lines.next(line);) {
    if (line.empty() || line.front() == '#') continue;
    const bool first = std::exchange(at_top, false);
    if (first && is_header(path.parent_path(), line)) continue;
    images.push_back(listed_image(path.parent_path(), line));
  }
  if (images.size() == before)
    throw DataError(path.string() + " names no image: a list has one path a line");
}

void add_file(const fs::path& path, ImageList& images) {
  if (add_items(path.string(), images)) return;
  std::ifstream in(path, std::ios::binary);
  std::array<char, 32> head{};
  in.read(head.data(), head.size());
  const auto* first = reinterpret_cast<const std::uint8_t*>(head.data());
  if (image_format({first, std::size_t(in.gcount())}) != ImageFormat::unknown)
    return images.push_back({path.string(), ""});
  add_list(path, images);
}

}  // namespace

ImageList list_images(const std::vector<std::string>& paths) {
  ImageList images;
  for (const std::string& given : paths) {
    std::error_code error;
    const fs::file_status status = fs::status(given, error);
    if (!fs::exists(status))
      throw ConfigError(fmt::format("--images {} does not exist: give {}", given, kAccepted));
    const fs::path path = fs::absolute(given).lexically_normal();
    if (fs::is_directory(status))
      add_folder(path, images);
    else if (fs::is_regular_file(status))
      add_file(path, images);
    else
      throw ConfigError(fmt::format("--images {} is not {}", given, kAccepted));
  }
  if (images.empty()) throw DataError("the image set is empty: give --images");
  if (images.size() > std::size_t(std::numeric_limits<int>::max()))
    throw DataError(fmt::format("the image set has {} images; {} are the most", images.size(),
                                std::numeric_limits<int>::max()));
  return images;
}

}  // namespace rfmap
