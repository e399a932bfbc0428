#include "run/gradient_maps.h"

#include <cmath>

#include "rfmap/error.h"
#include "rfmap/gradient.h"

#include "run/phase.h"
#include "run/phase_progress.h"

namespace rfmap::run {
namespace {

/// Absolute values summed over channels.
std::vector<float> absolute_map(std::span<const float> gradient, const Shape& input) {
  std::vector<float> map(input.area(), 0);
  for (std::size_t i = 0; i < gradient.size(); ++i) map[i % map.size()] += std::fabs(gradient[i]);
  return map;
}

/// Measures the jobs' pairs image by image.
class GradientPass {
 public:
  GradientPass(const Run& run, const std::vector<Pair>& pairs)
      : run_(run),
        pairs_(pairs),
        gradients_(run.model.graph, nodes_of(run), run.threads),
        values_(run.input().volume()) {}

  MapResult measure(const ImageJob& job, const Crop& crop) {
    normalize(run_.preprocessing, crop.pixels, crop.shape, values_);
    gradients_.forward(values_);
    MapResult result;
    for (int id : job.pairs) {
      const Pair& pair = pairs_[id];
      const MeasuredLayer& layer = run_.layers[pair.layer];
      const Neuron neuron{layer.node, layer.units[pair.unit], pair.peak.location};
      result.push_back({absolute_map(gradients_.backward(neuron), run_.input())});
    }
    return result;
  }

 private:
  static std::vector<int> nodes_of(const Run& run) {
    std::vector<int> nodes;
    for (const MeasuredLayer& layer : run.layers) nodes.push_back(layer.node);
    return nodes;
  }

  const Run& run_;
  const std::vector<Pair>& pairs_;
  Gradients gradients_;
  std::vector<float> values_;
};

}  // namespace

void measure_gradients(const Run& run, const std::vector<Pair>& pairs, RunFolder& folder) {
  GradientPass pass(run, pairs);
  const auto measure = [&](std::span<const ImageJob> jobs, std::span<const Crop> crops) {
    stop_if_asked(run.hooks, "interrupted while gradients were measured");
    return std::vector<MapResult>{pass.measure(jobs.front(), crops.front())};
  };
  run_phase(run, pairs,
            {"gradient", "differentiated", RunFolder::Part::gradient, int(run.input().area()), 1,
             measure},
            folder);
}

}  // namespace rfmap::run
