// Times the change maps of units of some layers on one random image, by windows or by full passes:
// the whole grid, every unit at one place of its map. Each line read from standard input, a number
// of images, is answered with one JSON line; so a script can run several programs in turns.

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

#include "rfmap/engine.h"
#include "rfmap/error.h"
#include "rfmap/field.h"

#include "command_line.h"
#include "run/measure.h"

namespace {

using namespace rfmap;

struct Options {
  ModelFiles files;
  Config config;
  int threads = 1;
  int units = 1;
  std::string location = "centre";
  std::string strategy = "window";
  std::string response = "location";
  int occluder = 11, stride = 3;
  bool distinct = false;
  int sessions = 1;
};

Options parse(int argc, char** argv) {
  Options o;
  o.config.device = "cpu";
  CLI::App app("Times change maps of one image: reads numbers of images, answers JSON lines.");
  app.add_option("model", o.files.model, ".onnx or .prototxt")->required();
  app.add_option("layers", o.config.layers, "layers that are measured")->required();
  app.add_option("--weights", o.files.weights, ".caffemodel");
  bench::add_engine_options(app, o.config.device, o.config.precision, o.config.batch, o.threads);
  app.add_option("--units", o.units, "units (the first channels) of each layer");
  app.add_flag("--distinct", o.distinct,
               "every image is another one and drives one unit, the same unit 25 images long: "
               "nothing is shared");
  app.add_option("--sessions", o.sessions, "at once, each with its own stream and thread");
  app.add_option("--location", o.location, "place in the map: centre or corner");
  app.add_option("--strategy", o.strategy, "window or full");
  app.add_option("--response", o.response, "location, max or sum");
  app.add_option("--occluder", o.occluder, "side of the occluder, pixels");
  app.add_option("--stride", o.stride, "step of the occluder, pixels");
  bench::parse_or_exit(app, argc, argv);
  o.config.strategy = o.strategy == "full" ? Strategy::full : Strategy::window;
  o.config.response = o.response == "max"   ? Response::max
                      : o.response == "sum" ? Response::sum
                                            : Response::location;
  return o;
}

Setup make_setup(const Options& o) {
  Setup setup;
  setup.model = read_model(o.files);
  const Shape& input = setup.input();
  setup.preprocessing.crop = {input.h, input.w};
  setup.grid = make_grid({input.h, input.w}, {o.occluder, o.occluder}, {o.stride, o.stride}, false);
  const std::vector<Field> fields = theoretical_fields(setup.model.graph);
  for (const Layer& layer : select_layers(setup.model, o.config.layers, false)) {
    MeasuredLayer m;
    m.name = layer.name;
    m.node = layer.node;
    m.map = setup.model.graph.nodes[layer.node].shape;
    m.field = fields[layer.node];
    m.units.resize(std::min(o.units, m.map.c));
    std::iota(m.units.begin(), m.units.end(), 0);
    setup.layers.push_back(m);
  }
  return setup;
}

std::vector<Pair> make_pairs(const Setup& setup, bool centre) {
  std::vector<Pair> pairs;
  for (int l = 0; l < int(setup.layers.size()); ++l)
    for (int u = 0; u < int(setup.layers[l].units.size()); ++u) {
      Pair pair;
      pair.layer = l;
      pair.unit = u;
      const Shape& map = setup.layers[l].map;
      if (centre) pair.peak.location = {map.h / 2, map.w / 2};
      pairs.push_back(pair);
    }
  return pairs;
}

Crop random_crop(const Shape& input) {
  Crop crop;
  crop.shape = input;
  crop.pixels.resize(input.volume());
  std::mt19937 bits(1);
  for (auto& pixel : crop.pixels) pixel = static_cast<std::uint8_t>(bits());
  return crop;
}

/// Maps of the same pairs on one image, again and again; or of one pair an image, on many.
class Maps {
 public:
  explicit Maps(const Options& o)
      : options_(o),
        setup_(make_setup(options_)),
        pairs_(make_pairs(setup_, o.location == "centre")),
        engine_(make_engine(o.config.device, {o.threads, o.config.precision})),
        programs_(compile_programs(*engine_, setup_, options_.config, o.config.batch)),
        measurer_(setup_, options_.config, programs_),
        crop_(random_crop(setup_.input())),
        first_(crop_) {
    if (o.distinct) return;
    job_.pairs.resize(pairs_.size());
    std::iota(job_.pairs.begin(), job_.pairs.end(), 0);
  }

  void measure(int images) {
    for (int i = 0; i < images; ++i) measure_next();
  }

  /// What `images` measured in `wall_ms` come to.
  nlohmann::json line(int images, double wall_ms, double cpu_ms) const {
    const bool whole = options_.config.response != Response::location;
    const std::size_t positions =
        touching(setup_.grid, pair_boxes(setup_, pairs_, job_, whole)).size();
    const double passes = double(positions) * images;
    const Work work = measurer_.work(pairs_, job_);
    return {{"strategy", options_.strategy},
            {"engine", engine_->name() + ": " + engine_->description()},
            {"threads", options_.threads},
            {"sessions", options_.sessions},
            {"pairs", job_.pairs.size()},
            {"images", images},
            {"grid", setup_.grid.positions()},
            {"positions", positions},
            {"ms_per_image", wall_ms / images},
            {"ms_per_pass", wall_ms / passes},
            {"cpu_ms_per_pass", cpu_ms / passes},
            {"counted_gmac_per_pass", 1e-9 * (work.full + work.windows) / positions},
            {"gmac_per_full_pass", 1e-9 * programs_.macs_per_pass},
            {"memory_mb", double(programs_.session->memory_bytes()) / (1 << 20)}};
  }

 private:
  void measure_next() {
    if (options_.distinct) {
      job_.pairs = {next_ / kImagesOfAUnit % int(pairs_.size())};
      const std::size_t shift = std::size_t(++next_) * 7919 % crop_.pixels.size();
      std::rotate_copy(first_.pixels.begin(), first_.pixels.begin() + std::ptrdiff_t(shift),
                       first_.pixels.end(), crop_.pixels.begin());
    }
    measurer_.measure(pairs_, job_, crop_);
  }

  static constexpr int kImagesOfAUnit = 25;
  Options options_;
  Setup setup_;
  std::vector<Pair> pairs_;
  ImageJob job_;
  std::unique_ptr<Engine> engine_;
  Programs programs_;
  MapMeasurer measurer_;
  Crop crop_, first_;
  int next_ = 0;  ///< distinct images so far
};

/// Measures `images` times in each session, all at once; the first call compiles, so let it be a
/// warm-up.
nlohmann::json time(const std::vector<std::unique_ptr<Maps>>& sessions, int images) {
  const auto start = std::chrono::steady_clock::now();
  const std::clock_t cpu_start = std::clock();
  std::vector<std::future<void>> under_way;
  for (const auto& maps : sessions)
    under_way.push_back(std::async(std::launch::async, [&] { maps->measure(images); }));
  for (std::future<void>& one : under_way) one.get();
  const std::chrono::duration<double, std::milli> wall = std::chrono::steady_clock::now() - start;
  const double cpu = 1e3 * double(std::clock() - cpu_start) / CLOCKS_PER_SEC;
  return sessions.front()->line(images * int(sessions.size()), wall.count(), cpu);
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
