#include <algorithm>
#include <filesystem>
#include <map>
#include <string>

#include "rfmap/error.h"

#include "io/image_source.h"
#include "run/run.h"

namespace rfmap::run {
namespace {

/// Empty: the image alone.
std::string key_of(const ImageRef& image, Cluster cluster) {
  if (cluster == Cluster::column) return image.label;
  if (io::item_of(image.path)) return "";
  return std::filesystem::path(image.path).parent_path().string();
}

}  // namespace

Spooled<std::int32_t> image_clusters(const ImageList& images, Cluster cluster) {
  Spooled<std::int32_t> clusters;
  std::map<std::string, std::int32_t> known;
  for (std::size_t i = 0; i < images.size(); ++i) {
    const std::string key = cluster == Cluster::none ? "" : key_of(images[i], cluster);
    clusters.push_back(
        key.empty() ? kNone : known.try_emplace(key, std::int32_t(known.size())).first->second);
  }
  if (cluster == Cluster::column && known.empty())
    throw ConfigError(
        "--cluster column: no image has a label; a line of the list is a path, a tab, a blank or a "
        "comma, and the name of what its images share");
  return clusters;
}

}  // namespace rfmap::run
