#pragma once

#include <optional>
#include <string>
#include <string_view>

#include "rfmap/images.h"

/// What the path of an image means: a file, or FILE#INDEX, an item of a container (containers.h).
namespace rfmap::io {

struct ImageItem {
  std::string file;
  int index = 0;
};
/// The item that a path means; nothing for a file. A file of exactly this name has priority:
/// "photo#2" may be one.
std::optional<ImageItem> item_of(const std::string& path);

/// The file that has to be there for an image: its own, or the container.
std::string file_of(const std::string& path);

/// Appends all items of a container; false for other files. Throws DataError if it is damaged or
/// empty.
bool add_items(const std::string& file, ImageList& images);

/// Called like an image that can be read: .jpg .jpeg .png .bmp .tif .tiff .webp in any case.
bool has_image_extension(std::string_view name);

}  // namespace rfmap::io
