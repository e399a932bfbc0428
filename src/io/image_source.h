#pragma once

#include <optional>
#include <string>
#include <vector>

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

/// All items of a container; nothing for other files. Throws DataError if it is damaged or empty.
std::vector<ImageRef> list_items(const std::string& file);

}  // namespace rfmap::io
