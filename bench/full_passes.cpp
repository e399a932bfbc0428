// Times full occluded passes of one layer of a model on an engine. Each line read from standard
// input, a number of batches, is answered with one JSON line; so a script can run several programs
// alternately.

#include <algorithm>
#include <chrono>
#include <ctime>
#include <iostream>
#include <string>

#include <nlohmann/json.hpp>

#include "rfmap/error.h"
#include "rfmap/model.h"

#include "command_line.h"
#include "engines/make_engine.h"
#include "plan/programs.h"
#include "random_values.h"

namespace {

using namespace rfmap;
using namespace rfmap::plan;
using namespace rfmap::engines;

struct Options {
  ModelFiles files;
  std::string layer;
  std::string device = "cpu", precision = "auto";
  int batch = 16;
  int threads = 1;
  int occluder = 11;
  int stride = 3;
};

Options parse(int argc, char** argv) {
  Options options;
  CLI::App app("Times full occluded passes: reads numbers of batches, answers JSON lines.");
  app.add_option("model", options.files.model, ".onnx or .prototxt")->required();
  app.add_option("layer", options.layer, "layer or tensor that is read")->required();
  app.add_option("--weights", options.files.weights, ".caffemodel");
  bench::add_engine_options(app, options.device, options.precision, options.batch, options.threads);
  app.add_option("--occluder", options.occluder, "side of the occluder, pixels");
  app.add_option("--stride", options.stride, "step of the occluder, pixels");
  bench::parse_or_exit(app, argc, argv);
  return options;
}

/// A session that moves an occluder over one random image and reads one unit at the map's centre.
class Passes {
 public:
  explicit Passes(const Options& options) : options_(options) {
    const Model model = read_model(options.files);
    const int node = select_layers(model, {options.layer}).front().node;
    input_ = model.graph.input();
    const Shape map = model.graph.nodes[node].shape;
    reads_ = {{0, {map.h / 2, map.w / 2}}};
    ProgramSet set;
    set.residents = {{input_, 1, 0, "images"}};
    set.programs = {load_program(input_, 1),
                    occlude_program(model.graph, {node}, options.batch, Response::location)};
    set.patch = {options.occluder, options.occluder};
    set.patches = 1;
    macs_ = macs(set.programs[1]);
    engine_ = make_engine(options.device, {options.threads, options.precision});
    session_ = engine_->compile(set);
    session_->set_patches(bench::random_values(std::size_t(input_.c) * set.patch.h * set.patch.w));
    const std::vector<float> image = bench::random_values(input_.volume());
    Call call;
    call.images = image;
    session_->run(0, call, reply_);
  }

  /// Runs some batches and reports their time.
  nlohmann::json time(int batches) {
    const auto start = std::chrono::steady_clock::now();
    const std::clock_t cpu_start = std::clock();
    for (int i = 0; i < batches; ++i) run_batch();
    const std::chrono::duration<double, std::milli> wall = std::chrono::steady_clock::now() - start;
    const double cpu = 1e3 * double(std::clock() - cpu_start) / CLOCKS_PER_SEC;
    const double passes = double(batches) * options_.batch;
    return {{"layer", options_.layer},
            {"engine", engine_->name() + ": " + engine_->description()},
            {"batch", options_.batch},
            {"threads", options_.threads},
            {"ms_per_pass", wall.count() / passes},
            {"cpu_ms_per_pass", cpu / passes},
            {"gflops", 2e-6 * macs_ * passes / wall.count()},
            {"gmac_per_pass", 1e-9 * macs_},
            {"memory_mb", double(session_->memory_bytes()) / (1 << 20)}};
  }

 private:
  void run_batch() {
    const int columns = std::max(1, (input_.w - options_.occluder) / options_.stride + 1);
    const int rows = std::max(1, (input_.h - options_.occluder) / options_.stride + 1);
    std::vector<Occluder> occluders(options_.batch);
    for (std::size_t i = 1; i < occluders.size(); ++i, ++next_)
      occluders[i] = {
          {next_ / columns % rows * options_.stride, next_ % columns * options_.stride}, 0, 0};
    Call call;
    call.occluders = occluders;
    call.reads = {reads_};
    session_->run(1, call, reply_);
  }

  Options options_;
  Shape input_;
  std::vector<Read> reads_;
  double macs_ = 0;
  std::unique_ptr<Engine> engine_;
  std::unique_ptr<Session> session_;
  Reply reply_;
  int next_ = 0;  ///< occluder positions run so far
};

}  // namespace

int main(int argc, char** argv) {
  const Options options = parse(argc, argv);
  try {
    Passes passes(options);
    for (int batches = 0; std::cin >> batches;) std::cout << passes.time(batches) << std::endl;
  } catch (const Error& error) {
    std::cerr << "full_passes: " << error.what() << "\n";
    return error.exit_code();
  }
  return 0;
}
