#include <algorithm>
#include <array>
#include <filesystem>
#include <fstream>
#include <iterator>
#include <string>
#include <string_view>
#include <system_error>

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

/// A label follows a tab, or blanks if only the text before them is a file ("photo.png 0").
ImageRef listed_image(const fs::path& folder, std::string_view line) {
  const auto at = [&](std::string_view name) {
    return (folder / name).lexically_normal().string();
  };
  if (const std::size_t tab = line.find('\t'); tab != std::string_view::npos)
    return {at(trimmed(line.substr(0, tab))), std::string(trimmed(line.substr(tab)))};
  ImageRef whole{at(line), ""};
  const std::size_t blank = line.find_last_of(' ');
  if (blank == std::string_view::npos || fs::exists(whole.path)) return whole;
  const std::string before = at(trimmed(line.substr(0, blank)));
  if (!fs::exists(before)) return whole;
  return {before, std::string(line.substr(blank + 1))};
}

void add_list(const fs::path& path, std::string_view text, std::vector<ImageRef>& images) {
  const std::size_t before = images.size();
  if (text.starts_with("\xEF\xBB\xBF")) text.remove_prefix(3);  // byte order mark of UTF-8
  while (!text.empty()) {
    const std::size_t end = std::min(text.find('\n'), text.size());
    const std::string_view line = trimmed(text.substr(0, end));
    text.remove_prefix(std::min(end + 1, text.size()));
    if (line.empty() || line.front() == '#') continue;
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
