#include <cmath>
#include <utility>

#include "rfmap/error.h"
#include "rfmap/gradient.h"

#include "run/maps.h"
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

std::vector<int> nodes_of(const Run& run) {
  std::vector<int> nodes;
  for (const MeasuredLayer& layer : run.layers) nodes.push_back(layer.node);
  return nodes;
}

}  // namespace

void measure_gradients(const Run& run, const std::vector<Pair>& pairs, RunFolder& folder) {
  Gradients gradients(run.model.graph, nodes_of(run), run.threads);
  std::vector<float> values(run.input().volume());
  const auto measure = [&](std::span<const ImageJob> jobs, std::span<const Crop> crops) {
    stop_if_asked(run.hooks, "interrupted while gradients were measured");
    normalize(run.preprocessing, crops.front().pixels, crops.front().shape, values);
    gradients.forward(values);
    MapResult result;
    for (int id : jobs.front().pairs) {
      const Pair& pair = pairs[id];
      const MeasuredLayer& layer = run.layers[pair.layer];
      const Neuron neuron{layer.node, layer.units[pair.unit], pair.peak.location};
      result.push_back({absolute_map(gradients.backward(neuron), run.input())});
    }
    return std::vector<MapResult>{std::move(result)};
  };
  const auto cost = [](const ImageJob& job) {  // a forward pass, and one back for each pair
    return std::int64_t(job.pairs.size()) + 1;
  };
  run_phase(run, pairs,
            {"gradient",
             "differentiated",
             RunFolder::Part::gradient,
             int(run.input().area()),
             1,
             cost,
             {},
             {measure}},
            folder);
}

}  // namespace rfmap::run
