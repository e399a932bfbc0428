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

std::vector<std::int32_t> image_clusters(const std::vector<ImageRef>& images, Cluster cluster) {
  std::vector<std::int32_t> clusters(images.size(), kNone);
  if (cluster == Cluster::none) return clusters;
  std::map<std::string, std::int32_t> known;
  for (std::size_t i = 0; i < images.size(); ++i)
    if (const std::string key = key_of(images[i], cluster); !key.empty())
      clusters[i] = known.try_emplace(key, std::int32_t(known.size())).first->second;
  if (cluster == Cluster::column && known.empty())
    throw ConfigError(
        "--cluster column: no image has a label; a line of the list is a path, a tab, a blank or a "
        "comma, and the name of what its images share");
  return clusters;
}

}  // namespace rfmap::run
