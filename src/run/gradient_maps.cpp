#include "run/gradient_maps.h"

#include <cmath>

#include "rfmap/error.h"
#include "rfmap/gradient.h"
#include "rfmap/run.h"

#include "run/phase.h"

namespace rfmap {
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
  GradientPass(const Setup& setup, const Config& config, const std::vector<Pair>& pairs)
      : setup_(setup),
        pairs_(pairs),
        gradients_(setup.model.graph, nodes_of(setup), config.threads),
        values_(setup.input().volume()) {}

  MapResult measure(const ImageJob& job, const Crop& crop) {
    normalize(setup_.preprocessing, crop.pixels, crop.shape, values_);
    gradients_.forward(values_);
    MapResult result;
    for (int id : job.pairs) {
      const Pair& pair = pairs_[id];
      const MeasuredLayer& layer = setup_.layers[pair.layer];
      const Neuron neuron{layer.node, layer.units[pair.unit], pair.peak.location};
      result.change.push_back(absolute_map(gradients_.backward(neuron), setup_.input()));
    }
    result.null_spread.resize(job.pairs.size());
    return result;
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

}  // namespace

void measure_gradients(const Setup& setup, const Config& config, const std::vector<Pair>& pairs,
                       RunFolder& folder) {
  GradientPass pass(setup, config, pairs);
  const auto measure = [&](std::span<const ImageJob> jobs, std::span<const Crop> crops) {
    if (stop_requested()) throw Interrupted("interrupted while gradients were measured");
    return std::vector<MapResult>{pass.measure(jobs.front(), crops.front())};
  };
  run_phase(setup, config, pairs,
            {"gradient", "differentiated", RunFolder::Part::gradient, int(setup.input().area()), 1,
             measure},
            folder);
}

}  // namespace rfmap
