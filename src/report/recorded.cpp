#include "report/recorded.h"

#include <algorithm>
#include <filesystem>

#include "core/mean_map.h"
#include "io/image_source.h"
#include "method/preprocessing.h"
#include "method/recorded.h"

namespace rfmap::report {
namespace {

/// True when the file is there; of an IDX item, the file that holds it.
bool exists(const std::string& path) {
  std::error_code error;
  return std::filesystem::exists(io::file_of(path), error);
}

}  // namespace

Recorded recorded(const RunRecord& run) {
  Recorded r;
  r.method = method::recorded_method(run.attributes);
  r.preprocessing =
      method::preprocessing_from_json(recorded_text(run.attributes, "preprocessing", "{}"));
  const Attribute* shape = find_attribute(run.attributes, "input_shape");
  if (const auto* sides = shape ? std::get_if<std::vector<std::int64_t>>(shape) : nullptr)
    if (!sides->empty()) r.channels = int(sides->front());
  return r;
}

std::string common_folder(const std::string& a, const std::string& b) {
  const std::string common(a.begin(), std::ranges::mismatch(a, b).in1);
  return common.substr(0, common.rfind('/') + 1);
}

Relocation::Relocation(const ImageList& images, const std::string& root) : root_(root) {
  if (images.empty()) return;
  prefix_ = images[0].path;
  for (const ImageRef& image : images) prefix_ = common_folder(prefix_, image.path);
}

ImageRef Relocation::operator()(const ImageRef& image) const {
  if (root_.empty()) return image;
  const std::filesystem::path root(root_);
  const std::string moved = root / image.path.substr(prefix_.size());
  const std::string flat = root / short_name(image);
  return {exists(moved) || !exists(flat) ? moved : flat};
}

std::string short_name(const ImageRef& image) {
  return image.path.substr(image.path.rfind('/') + 1);
}

ResultImages::ResultImages(const RunRecord& run, const std::string& images_root)
    : images_(run.images), relocation_(images_, images_root), recorded_(report::recorded(run)) {}

LoadedImage ResultImages::load(int image) const {
  return load_image(relocation_(at(image)), recorded_.preprocessing, recorded_.channels);
}

CountedMean counted_mean(const UnitRecord& unit, Border border) {
  const UnitField& field = unit.field;
  CountedMean counted{core::only_counted({field.mean, field.count}, unit.peaks.size(), border)};
  for (const float v : counted.values)
    if (v > counted.peak) counted.peak = v;
  return counted;
}

}  // namespace rfmap::report
