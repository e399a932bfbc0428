#include "run/calibrate.h"

#include <algorithm>
#include <chrono>
#include <numeric>
#include <random>

#include "rfmap/gradient.h"

#include "run/measure.h"
#include "run/phase_progress.h"
#include "run/strategy.h"

namespace rfmap::run {
using namespace plan;
namespace {

/// A run's rates may differ from those of trials by this factor: caches, clocks, other work.
constexpr double kTrialError = 1.3;
/// Shares of the time that each kind of trial may take.
constexpr double kShare = 0.25;
constexpr std::size_t kTrialImages = 512;
constexpr int kTrialMaps = 64;

using TrialClock = std::chrono::steady_clock;

double since(TrialClock::time_point start) {
  return std::chrono::duration<double>(TrialClock::now() - start).count();
}

/// Seconds of one call, the mean of as many as fit; the first is not counted.
template <class Function>
double time_calls(double seconds, const Function& call) {
  call();
  const auto start = TrialClock::now();
  int calls = 0;
  do {
    call();
    ++calls;
  } while (since(start) < seconds);
  return since(start) / calls;
}

/// At most `count` images, evenly over the list, in a random order.
ImageList spread_images(const ImageList& all, std::size_t count) {
  const std::size_t n = std::min(all.size(), count);
  std::vector<ImageRef> some;
  for (std::size_t i = 0; i < n; ++i) some.push_back(all[i * all.size() / n]);
  std::ranges::shuffle(some, std::mt19937());
  return ImageList(some);
}

/// Images of the whole list, each once: what was read before comes from the system's memory. Gives
/// the network's input of the last one that could be read, zeros if none could.
std::vector<float> time_reading(const Run& run, double seconds, Rates& rates) {
  std::vector<float> values(run.input().volume());
  const ImageList all = spread_images(run.images, kTrialImages);
  const auto start = TrialClock::now();
  for (std::size_t begin = 0; begin < all.size();) {
    const std::size_t wanted = std::max(std::size_t(4) * std::size_t(run.threads), begin);
    std::vector<int> indices(std::min(all.size() - begin, wanted));
    std::iota(indices.begin(), indices.end(), int(begin));
    ImageReader reader(all, indices, run.preprocessing, run.input().c, run.threads);
    while (const auto image = reader.next()) {
      stop_if_asked(run.hooks, "interrupted while images were read as a trial");
      if (image->problem.empty())
        normalize(run.preprocessing, image->crop.pixels, image->crop.shape, values);
      else
        ++rates.unreadable;
    }
    begin += indices.size();
    rates.images = int(begin);
    if (3 * since(start) > seconds) break;
  }
  rates.read = since(start) / rates.images;
  return values;
}

void time_forward(const Run& run, std::span<const float> image, double seconds, Programs& programs,
                  Rates& rates) {
  std::vector<float> images;
  for (int i = 0; i < programs.batch; ++i) images.insert(images.end(), image.begin(), image.end());
  Reply reply;
  Call call;
  call.images = images;
  rates.forward =
      time_calls(seconds,
                 [&] {
                   stop_if_asked(run.hooks, "interrupted while forward passes were timed");
                   programs.session->run(programs.scan, call, reply);
                 }) /
      programs.batch;
}

/// As the run does before it measures.
void time_occlusion(const Run& run, const DrawnJobs& drawn, Programs& programs, Rates& rates) {
  if (drawn.jobs.empty()) return;
  const bool open = run.machine.strategy == Strategy::automatic && programs.windows;
  if (open) full_passes_win(run, drawn.pairs, programs);
  MapMeasurer measurer(run, drawn.pairs, programs);
  measurer.calibrate(measurer.largest(drawn.jobs));
  rates.full = measurer.seconds({.full_calls = 1});
  rates.windows = measurer.seconds({.windows = 1});
}

/// One backward pass for each layer, weighted by its units.
void time_gradients(const Run& run, std::span<const float> image, Rates& rates) {
  std::vector<int> nodes;
  double units = 0, seconds = 0;
  for (const MeasuredLayer& layer : run.layers) nodes.push_back(layer.node);
  Gradients gradients(run.model.graph, nodes, run.threads);
  rates.gradient_image = time_calls(0, [&] { gradients.forward(image); });
  for (const MeasuredLayer& layer : run.layers) {
    stop_if_asked(run.hooks, "interrupted while gradients were timed");
    const Neuron middle{layer.node, layer.units.front(), {layer.shape.h / 2, layer.shape.w / 2}};
    const double weight = double(layer.units.size());
    seconds += weight * time_calls(0, [&] { gradients.backward(middle); });
    units += weight;
  }
  rates.gradient_pair = seconds / units;
}

/// A map as a unit at `peak` might have it: a change wherever the occluder touches the field.
std::vector<float> trial_map(const Run& run, const MeasuredLayer& layer, const Peak& peak) {
  std::vector<float> change(std::size_t(run.grid.positions()));
  const std::vector<Rect> box{clipped_box(layer.field, peak.location, run.grid.input)};
  for (int position : touching(run.grid, box))
    change[std::size_t(position)] = 1 + float(position % 7);
  return change;
}

double time_unit(const Run& run, const MeasuredLayer& layer) {
  const int k = run.method.top_k + run.method.bottom_k;
  const int all = int(std::min(std::size_t(k), run.images.size()));
  const int images = std::min(all, kTrialMaps);
  std::vector<std::vector<float>> maps;
  std::vector<ChangeMap> rows;
  for (int i = 0; i < images; ++i) {
    const Point at{i % layer.shape.h, i % layer.shape.w};
    const Peak peak{i, 1, at};
    maps.push_back(trial_map(run, layer, peak));
    rows.push_back({maps.back(), response_centre(layer.field, peak), kNone});
  }
  const auto start = TrialClock::now();
  aggregate_unit(rows, run.grid, layer.canvas, run.method.rules, {run.method.seed, 0});
  return since(start) * all / images;
}

/// One unit of each layer; a run averages several at once.
void time_averages(const Run& run, Rates& rates) {
  double units = 0, seconds = 0;
  for (const MeasuredLayer& layer : run.layers) {
    stop_if_asked(run.hooks, "interrupted while averages were timed");
    seconds += double(layer.units.size()) * time_unit(run, layer);
    units += double(layer.units.size());
  }
  rates.average = seconds / units / run.threads;
}

CostRange widened(double least, double expected, double most) {
  return {least / kTrialError, expected, most * kTrialError};
}

}  // namespace

Calibrated calibrate(Engine& engine, const Run& run, const DrawnJobs& drawn, int batch,
                     double seconds) {
  const auto start = TrialClock::now();
  Calibrated trials{{}, compile_programs(engine, run, batch)};
  Rates& rates = trials.rates;
  rates.engine = engine.description();
  rates.reads_while_computing = engine.name().starts_with("cuda");
  const std::vector<float> image = time_reading(run, kShare * seconds, rates);
  time_forward(run, image, kShare * seconds, trials.programs, rates);
  time_occlusion(run, drawn, trials.programs, rates);
  rates.engine_bytes = double(trials.programs.session->memory_bytes());
  if (run.method.with_gradient) time_gradients(run, image, rates);
  time_averages(run, rates);
  rates.spent = since(start);
  return trials;
}

TimeCosts expected_time(const RunCosts& costs, const Rates& rates) {
  const double reading = costs.images * rates.read, computing = costs.images * rates.forward;
  const double scan =
      rates.reads_while_computing ? std::max(reading, computing) : reading + computing;
  const auto occlusion = [&](double CostRange::*at) {
    const double read = costs.measured.*at * rates.read;
    const double compute =
        costs.full_call_macs.*at * rates.full + costs.window_macs.*at * rates.windows;
    return rates.reads_while_computing ? std::max(read, compute) : read + compute;
  };
  const auto gradient = [&](double CostRange::*at) {
    if (rates.gradient_pair == 0) return 0.0;
    return costs.measured.*at * (rates.read + rates.gradient_image) +
           costs.pairs * rates.gradient_pair;
  };
  const double average = costs.units * rates.average;
  const auto over = [](const auto& time) {
    return widened(time(&CostRange::least), time(&CostRange::expected), time(&CostRange::most));
  };
  return {widened(scan, scan, scan), over(occlusion), over(gradient),
          widened(average, average, average)};
}

}  // namespace rfmap::run
