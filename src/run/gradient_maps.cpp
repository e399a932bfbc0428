#include "run/gradient_maps.h"

#include <algorithm>
#include <chrono>
#include <cmath>
#include <filesystem>
#include <optional>

#include <fmt/format.h>

#include "rfmap/error.h"
#include "rfmap/gradient.h"
#include "rfmap/parts.h"
#include "rfmap/run.h"

#include "run/progress.h"

namespace rfmap {
namespace {

using Clock = std::chrono::steady_clock;
constexpr auto kPartTime = std::chrono::seconds(30);

std::string part_path(const RunFolder& folder, int part) {
  const std::filesystem::path beside = folder.map_part(0);
  return (beside.parent_path() / fmt::format("gradient-{:05}.h5", part)).string();
}

std::vector<ImageJob> jobs_left(const std::vector<Pair>& pairs, const PartsReader& done) {
  std::vector<ImageJob> jobs = group_by_image(pairs);
  std::erase_if(jobs, [&](const ImageJob& job) { return done.contains(job.pairs.front()); });
  return jobs;
}

/// Absolute values summed over channels.
std::vector<float> absolute_map(std::span<const float> gradient, const Shape& input) {
  std::vector<float> map(input.area(), 0);
  for (std::size_t i = 0; i < gradient.size(); ++i) map[i % map.size()] += std::fabs(gradient[i]);
  return map;
}

/// Measures the jobs' pairs image by image.
class GradientPass {
 public:
  GradientPass(const Setup& setup, const Config& config, const std::vector<Pair>& pairs)
      : setup_(setup),
        pairs_(pairs),
        gradients_(setup.model.graph, nodes_of(setup), config.threads),
        values_(setup.input().volume()) {}

  void measure(const ImageJob& job, const Crop& crop, PartWriter& part) {
    normalize(setup_.preprocessing, crop.pixels, crop.shape, values_);
    gradients_.forward(values_);
    for (int id : job.pairs) {
      const Pair& pair = pairs_[id];
      const MeasuredLayer& layer = setup_.layers[pair.layer];
      const Neuron neuron{layer.node, layer.units[pair.unit], pair.peak.location};
      part.add(id, absolute_map(gradients_.backward(neuron), setup_.input()), 0);
    }
  }

 private:
  static std::vector<int> nodes_of(const Setup& setup) {
    std::vector<int> nodes;
    for (const MeasuredLayer& layer : setup.layers) nodes.push_back(layer.node);
    return nodes;
  }

  const Setup& setup_;
  const std::vector<Pair>& pairs_;
  Gradients gradients_;
  std::vector<float> values_;
};

Crop next_crop(ImageReader& reader) {
  auto image = reader.next();
  if (!image || !image->problem.empty())
    throw DataError("an image of the scan can no longer be read: " +
                    (image ? image->problem : std::string("the reader ended early")));
  return std::move(image->crop);
}

}  // namespace

std::vector<std::string> gradient_parts(const RunFolder& folder) {
  std::vector<std::string> parts;
  while (std::filesystem::exists(part_path(folder, int(parts.size()))))
    parts.push_back(part_path(folder, int(parts.size())));
  return parts;
}

void measure_gradients(const Setup& setup, const Config& config, const std::vector<Pair>& pairs,
                       RunFolder& folder) {
  const std::vector<std::string> before = gradient_parts(folder);
  const PartsReader done(before, folder.fingerprint());
  const std::vector<ImageJob> jobs = jobs_left(pairs, done);
  if (jobs.empty()) return;
  std::vector<int> images;
  std::int64_t total = 0;
  for (const ImageJob& job : jobs) {
    images.push_back(job.image);
    total += std::int64_t(job.pairs.size());
  }
  ImageReader reader(setup.images, images, setup.preprocessing, setup.input().c, config.threads);
  Progress progress("gradient", "pairs", total, config.quiet);
  GradientPass pass(setup, config, pairs);
  int next = int(before.size());
  std::optional<PartWriter> part;
  Clock::time_point opened;
  for (const ImageJob& job : jobs) {
    if (stop_requested()) {
      if (part) part->commit();
      throw Interrupted("interrupted while gradients were measured");
    }
    if (!part) {
      part.emplace(part_path(folder, next), folder.fingerprint(), next, int(setup.input().area()));
      ++next;
      opened = Clock::now();
    }
    pass.measure(job, next_crop(reader), *part);
    progress.advance(std::int64_t(job.pairs.size()));
    if (Clock::now() - opened < kPartTime) continue;
    part->commit();
    part.reset();
  }
  if (part) part->commit();
}

}  // namespace rfmap
