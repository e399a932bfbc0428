// Times the change maps of units of some layers on random images, by windows or by full passes: the
// complete grid, every unit at one location of its map. Each line read from standard input, a
// number of images, is answered with one JSON line; so a script can run several programs
// alternately.

#include <algorithm>
#include <chrono>
#include <ctime>
#include <future>
#include <iostream>
#include <memory>
#include <numeric>
#include <random>
#include <string>

#include <nlohmann/json.hpp>

#include "rfmap/devices.h"
#include "rfmap/error.h"
#include "rfmap/field.h"

#include "command_line.h"
#include "engine/engine_on.h"
#include "engines/make_engine.h"
#include "idle_device.h"
#include "run/measure.h"

namespace {

using namespace rfmap;
using namespace rfmap::plan;
using namespace rfmap::run;
using namespace rfmap::engines;

struct Options {
  ModelFiles files;
  Job job;
  int batch = 0, threads = 1;
  int units = 1;
  std::string location = "centre";
  std::string strategy = "window";
  std::string response = "location";
  int occluder = 11, stride = 3;
  bool distinct = false;
  int drawn = 0;
  int sessions = 1;
  bool lists_work = false;
};

Options parse(int argc, char** argv) {
  Options o;
  o.job.machine.device = "cpu";
  CLI::App app(
      "Times change maps of one image: reads numbers of images, answers JSON lines. --device idle: "
      "the engine cuda on a device that does nothing, so that the host's share is timed.");
  app.add_option("model", o.files.model, ".onnx or .prototxt")->required();
  app.add_option("layers", o.job.method.layers, "layers that are measured")->required();
  app.add_option("--weights", o.files.weights, ".caffemodel");
  bench::add_engine_options(app, o.job.machine.device, o.job.machine.precision, o.batch, o.threads);
  app.add_option("--units", o.units, "units (the first channels) of each layer");
  auto* distinct =
      app.add_flag("--distinct", o.distinct,
                   "every image is another one and drives one unit, the same unit 25 images long: "
                   "nothing is shared");
  app.add_option("--pairs", o.drawn,
                 "so many pairs an image, drawn at random from all units and places, as in a run")
      ->excludes(distinct);
  app.add_option("--sessions", o.sessions, "at once, each with its own stream and thread");
  app.add_flag("--work", o.lists_work,
               "with --device idle: every kernel's launches, bytes read and written, multiply-adds "
               "and threads per image, for gpu_model.py");
  app.add_option("--location", o.location, "place in the map: centre or corner");
  app.add_option("--strategy", o.strategy, "window or full");
  app.add_option("--response", o.response, "location, max or sum");
  app.add_option("--occluder", o.occluder, "side of the occluder, pixels");
  app.add_option("--stride", o.stride, "step of the occluder, pixels");
  bench::parse_or_exit(app, argc, argv);
  if (o.batch > 0) o.job.machine.batch = o.batch;
  o.job.machine.strategy = o.strategy == "full" ? Strategy::full : Strategy::window;
  o.job.method.response = o.response == "max"   ? Response::max
                          : o.response == "sum" ? Response::sum
                                                : Response::location;
  return o;
}

constexpr int kDrawnImages = 64, kImagesOfAUnit = 25;

Run make_run(const Options& o) {
  Run run{o.job};
  run.model = read_model(o.files);
  const Shape& input = run.input();
  run.preprocessing.crop = {input.h, input.w};
  run.grid = make_grid({input.h, input.w}, {o.occluder, o.occluder}, {o.stride, o.stride});
  const std::vector<Field> fields = theoretical_fields(run.model.graph);
  for (const Layer& layer : select_layers(run.model, o.job.method.layers)) {
    MeasuredLayer m;
    m.name = layer.name;
    m.node = layer.node;
    m.shape = run.model.graph.nodes[layer.node].shape;
    m.field = fields[layer.node];
    m.units.resize(o.drawn > 0 ? m.shape.c : std::min(o.units, m.shape.c));
    std::iota(m.units.begin(), m.units.end(), 0);
    run.layers.push_back(m);
  }
  return run;
}

std::vector<Pair> make_pairs(const Run& run, bool centre) {
  std::vector<Pair> pairs;
  for (int l = 0; l < int(run.layers.size()); ++l)
    for (int u = 0; u < int(run.layers[l].units.size()); ++u) {
      Pair pair;
      pair.layer = l;
      pair.unit = u;
      const Shape& map = run.layers[l].shape;
      if (centre) pair.peak.location = {map.h / 2, map.w / 2};
      pairs.push_back(pair);
    }
  return pairs;
}

/// `count` pairs of each of kDrawnImages images.
std::vector<Pair> draw_pairs(const Run& run, int count) {
  std::vector<Pair> all, drawn;
  for (int l = 0; l < int(run.layers.size()); ++l)
    for (int u = 0; u < run.layers[l].shape.c; ++u) all.push_back({l, Ranking::top, u, 0, {}});
  std::mt19937 bits(1);
  for (int i = 0; i < count * kDrawnImages; ++i) {
    Pair pair = all[bits() % all.size()];
    const Shape& map = run.layers[pair.layer].shape;
    pair.peak.location = {int(bits() % map.h), int(bits() % map.w)};
    drawn.push_back(pair);
  }
  return drawn;
}

Crop random_crop(const Shape& input) {
  Crop crop;
  crop.shape = input;
  crop.pixels.resize(input.volume());
  std::mt19937 bits(1);
  for (auto& pixel : crop.pixels) pixel = static_cast<std::uint8_t>(bits());
  return crop;
}

const DeviceChoice kIdleLimits{"idle", "tf32", "", 512, std::size_t(35) << 30};

cuda::Precision idle_precision(const std::string& name) {
  for (const auto precision : {cuda::Precision::fp32, cuda::Precision::fp16, cuda::Precision::bf16})
    if (cuda::name_of(precision) == name) return precision;
  return cuda::Precision::tf32;
}

/// Maps of the same pairs on one image after another, of pairs drawn for each, or of one pair per
/// image.
class Maps {
 public:
  explicit Maps(const Options& o)
      : options_(o),
        run_(make_run(options_)),
        pairs_(o.drawn > 0 ? draw_pairs(run_, o.drawn) : make_pairs(run_, o.location == "centre")) {
    const bool idle = o.job.machine.device == "idle";
    const DeviceChoice choice =
        idle ? kIdleLimits : choose_device(o.job.machine.device, o.job.machine.precision);
    if (idle) {
      idle_ = std::make_shared<bench::IdleDevice>();
      engine_ = cuda::make_engine_on(idle_, idle_precision(o.job.machine.precision), "idle");
    } else {
      engine_ = make_engine(o.job.machine.device, {o.threads, o.job.machine.precision});
    }
    programs_ =
        compile_programs(*engine_, run_, run_.machine.batch, {choice.largest_batch, choice.memory});
    measurer_ = std::make_unique<MapMeasurer>(run_, pairs_, programs_);
    crop_ = random_crop(run_.input());
  }

  /// The next images' jobs and crops.
  void prepare(int images) {
    jobs_.clear();
    crops_.clear();
    for (int i = 0; i < images; ++i) {
      jobs_.push_back(next_job());
      crops_.push_back(next_crop());
      ++next_;
    }
  }

  void measure() {
    const std::span<const ImageJob> jobs(jobs_);
    const std::span<const Crop> crops(crops_);
    const std::size_t step = std::size_t(measurer_->images_at_once());
    for (std::size_t begin = 0; begin < jobs.size(); begin += step) {
      const std::size_t some = std::min(step, jobs.size() - begin);
      measurer_->measure(jobs.subspan(begin, some), crops.subspan(begin, some));
    }
  }

  /// Results for the current images, measured in `wall_ms` by every session.
  nlohmann::json line(double wall_ms, double cpu_ms) {
    const double images = double(jobs_.size()), all = images * options_.sessions;
    double positions = 0;
    Work work;
    for (const ImageJob& job : jobs_) {
      positions += double(touching(run_.grid, pair_boxes(run_, pairs_, job)).size());
      work += measurer_->work(job);
    }
    const double passes = positions * options_.sessions;
    nlohmann::json line{{"strategy", options_.strategy},
                        {"engine", engine_->name() + ": " + engine_->description()},
                        {"threads", options_.threads},
                        {"sessions", options_.sessions},
                        {"batch", programs_.batch},
                        {"pairs", jobs_.front().pairs.size()},
                        {"images", all},
                        {"grid", run_.grid.positions()},
                        {"positions", positions / images},
                        {"ms_per_image", wall_ms / all},
                        {"ms_per_pass", wall_ms / passes},
                        {"cpu_ms_per_pass", cpu_ms / passes},
                        {"counted_gmac_per_pass", 1e-9 * (work.full + work.windows) / positions},
                        {"gmac_per_full_pass", 1e-9 * programs_.macs_per_pass},
                        {"memory_mb", double(programs_.session->memory_bytes()) / (1 << 20)}};
    if (idle_) add_counts(images, positions, line);
    return line;
  }

 private:
  ImageJob next_job() const {
    ImageJob job;
    if (options_.distinct)
      job.pairs = {next_ / kImagesOfAUnit % int(pairs_.size())};
    else
      job.pairs.resize(options_.drawn > 0 ? options_.drawn : pairs_.size());
    if (!options_.distinct)
      std::iota(job.pairs.begin(), job.pairs.end(), next_ % kDrawnImages * options_.drawn);
    return job;
  }

  /// What this session's device was given.
  void add_counts(double images, double passes, nlohmann::json& line) {
    const bench::IdleDevice::Counts counts = idle_->take_counts();
    const bench::IdleDevice::Share all = counts.all();
    line["calls_per_image"] = double(counts.uploads) / images;
    line["launches_per_image"] = all.launches / images;
    line["graphs_per_image"] = double(counts.graphs) / images;
    line["gmac_per_pass"] = 1e-9 * all.macs / passes;
    line["memory_bytes_per_pass"] = (all.read + all.written) / passes;
    line["table_bytes_per_pass"] = counts.bytes_up / passes;
    line["result_bytes_per_pass"] = counts.bytes_down / passes;
    line["convolutions"] = counts.problems;
    if (!options_.lists_work) return;
    for (const auto& [what, share] : counts.work)
      line["work"].push_back({what, share.launches / images, share.read / images,
                              share.written / images, share.macs / images, share.threads / images});
  }

  Crop next_crop() const {
    Crop crop = crop_;
    const std::size_t shift = std::size_t(next_) * 7919 % crop.pixels.size();
    std::rotate(crop.pixels.begin(), crop.pixels.begin() + std::ptrdiff_t(shift),
                crop.pixels.end());
    return crop;
  }

  Options options_;
  Run run_;
  std::vector<Pair> pairs_;
  std::shared_ptr<bench::IdleDevice> idle_;
  std::unique_ptr<Engine> engine_;
  Programs programs_;
  std::unique_ptr<MapMeasurer> measurer_;
  Crop crop_;
  int next_ = 0;                ///< images so far
  std::vector<ImageJob> jobs_;  ///< jobs of the current images
  std::vector<Crop> crops_;
};

/// Measures `images` times in each session, all at once; the first call compiles, so it should be a
/// warm-up.
nlohmann::json time(const std::vector<std::unique_ptr<Maps>>& sessions, int images) {
  for (const auto& maps : sessions) maps->prepare(images);
  const auto start = std::chrono::steady_clock::now();
  const std::clock_t cpu_start = std::clock();
  std::vector<std::future<void>> under_way;
  for (const auto& maps : sessions)
    under_way.push_back(std::async(std::launch::async, [&] { maps->measure(); }));
  for (std::future<void>& one : under_way) one.get();
  const std::chrono::duration<double, std::milli> wall = std::chrono::steady_clock::now() - start;
  const double cpu = 1e3 * double(std::clock() - cpu_start) / CLOCKS_PER_SEC;
  return sessions.front()->line(wall.count(), cpu);
}

}  // namespace

int main(int argc, char** argv) {
  const Options options = parse(argc, argv);
  try {
    std::vector<std::unique_ptr<Maps>> sessions;
    for (int i = 0; i < options.sessions; ++i) sessions.push_back(std::make_unique<Maps>(options));
    for (int images = 0; std::cin >> images;) std::cout << time(sessions, images) << std::endl;
  } catch (const Error& error) {
    std::cerr << "window_passes: " << error.what() << "\n";
    return error.exit_code();
  }
  return 0;
}
