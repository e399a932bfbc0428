#include <algorithm>
#include <filesystem>

#include "io/image_source.h"
#include "report/recorded.h"

namespace rfmap::report {
namespace {

std::string folder_of(const std::string& path) { return path.substr(0, path.rfind('/') + 1); }

/// Longest common beginning of both that ends with "/".
std::string common_folder(const std::string& a, const std::string& b) {
  const auto end = std::mismatch(a.begin(), a.end(), b.begin(), b.end()).first;
  return folder_of({a.begin(), end});
}

bool exists(const std::string& path) {
  std::error_code error;
  return std::filesystem::exists(io::file_of(path), error);
}

std::string joined(const std::string& root, const std::string& rest) {
  return (std::filesystem::path(root) / rest).string();
}

}  // namespace

Relocation::Relocation(const std::vector<ImageRef>& images, const std::string& root) : root_(root) {
  if (images.empty()) return;
  prefix_ = folder_of(images.front().path);
  for (const ImageRef& image : images) prefix_ = common_folder(prefix_, folder_of(image.path));
}

ImageRef Relocation::operator()(const ImageRef& image) const {
  if (root_.empty()) return image;
  const std::string moved = joined(root_, image.path.substr(prefix_.size()));
  const std::string flat = joined(root_, short_name(image));
  return {exists(moved) || !exists(flat) ? moved : flat};
}

std::string short_name(const ImageRef& image) {
  return image.path.substr(image.path.rfind('/') + 1);
}

}  // namespace rfmap::report
