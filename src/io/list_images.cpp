#include <algorithm>
#include <array>
#include <filesystem>
#include <fstream>
#include <iterator>
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

constexpr std::string_view kAccepted = "a folder, a text list of paths, an IDX file or an image";

bool has_image_extension(const fs::path& path) {
  std::string extension = path.extension().string();
  for (char& c : extension)
    if (c >= 'A' && c <= 'Z') c = char(c - 'A' + 'a');
  constexpr std::array<std::string_view, 7> known{".jpg", ".jpeg", ".png", ".bmp",
                                                  ".tif", ".tiff", ".webp"};
  return std::find(known.begin(), known.end(), extension) != known.end();
}

/// Images below one folder, as paths relative to it. Links are followed, but never into a folder
/// that is already being walked: `open` holds those, as canonical paths.
struct FolderWalk {
  std::vector<std::string> found;
  std::vector<fs::path> open;

  void enter(const fs::path& folder, const std::string& relative) {
    const fs::path real = fs::canonical(folder);
    if (std::find(open.begin(), open.end(), real) != open.end()) return;
    open.push_back(real);
    for (const fs::directory_entry& entry : fs::directory_iterator(folder)) {
      const std::string name = entry.path().filename().string();
      if (name.front() == '.') continue;
      std::error_code unresolved;
      const fs::file_type type = entry.status(unresolved).type();
      if (type == fs::file_type::directory)
        enter(entry.path(), relative + name + "/");
      else if (listed(type) && has_image_extension(entry.path()))
        found.push_back(relative + name);
    }
    open.pop_back();
  }
  /// A broken link stays in the list: it is then reported as an image that could not be read.
  static bool listed(fs::file_type type) {
    return type == fs::file_type::regular || type == fs::file_type::not_found;
  }
};

void add_folder(const fs::path& folder, std::vector<ImageRef>& images) {
  FolderWalk walk;
  try {
    walk.enter(folder, "");
  } catch (const fs::filesystem_error& error) {
    throw DataError(error.path1().string() + " cannot be listed: " + error.code().message());
  }
  std::sort(walk.found.begin(), walk.found.end());  // char_traits compares as unsigned bytes
  if (walk.found.empty())
    throw DataError(folder.string() +
                    " holds no image: .jpg, .jpeg, .png, .bmp, .tif, .tiff and .webp are taken");
  for (const std::string& name : walk.found) images.push_back({(folder / name).string(), ""});
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
  std::size_t at = find_separator(
      line, [&](std::string_view name) { return is_file(listed_path(folder, name)); });
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

void add_list(const fs::path& path, std::string_view text, std::vector<ImageRef>& images) {
  const std::size_t before = images.size();
  bool at_top = true;
  if (text.starts_with("\xEF\xBB\xBF")) text.remove_prefix(3);  // byte order mark of UTF-8
  while (!text.empty()) {
    const std::size_t end = std::min(text.find('\n'), text.size());
    const std::string_view line = trimmed(text.substr(0, end));
    text.remove_prefix(std::min(end + 1, text.size()));
    if (line.empty() || line.front() == '#') continue;
    const bool first = std::exchange(at_top, false);
    if (first && is_header(path.parent_path(), line)) continue;
    images.push_back(listed_image(path.parent_path(), line));
  }
  if (images.size() == before)
    throw DataError(path.string() + " names no image: a list has one path a line");
}

void add_file(const fs::path& path, std::vector<ImageRef>& images) {
  if (const auto items = list_items(path.string()); !items.empty()) {
    images.insert(images.end(), items.begin(), items.end());
    return;
  }
  std::ifstream in(path, std::ios::binary);
  std::array<char, 32> head{};
  in.read(head.data(), head.size());
  const auto* first = reinterpret_cast<const std::uint8_t*>(head.data());
  if (image_format({first, std::size_t(in.gcount())}) != ImageFormat::unknown)
    return images.push_back({path.string(), ""});
  in.clear();
  in.seekg(0);
  const std::string text{std::istreambuf_iterator<char>(in), {}};
  if (text.find('\0') != std::string::npos || text.starts_with("\x1F\x8B"))
    throw DataError(fmt::format("{} is not {}", path.string(), kAccepted));
  add_list(path, text, images);
}

}  // namespace

std::vector<ImageRef> list_images(const std::vector<std::string>& paths) {
  std::vector<ImageRef> images;
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
  return images;
}

}  // namespace rfmap
