#include <cstdio>
#include <fstream>
#include <iostream>
#include <sstream>

#include "rfmap/error.h"
#include "rfmap/model.h"

#include "cuda/planning_device.h"
#include "engine/engine_on.h"
#include "run/measure.h"

// Builds cuDNN's plans for all programs of a network's runs, on a device that is only described.
// Prints one line per convolution: its problem, and "plan NAME WORKSPACE", "slow NAME WORKSPACE" or
// "none"; if a fused step has no plan, the convolution without the fused operations is another
// line.
namespace {

using namespace rfmap;
using namespace rfmap::plan;
using namespace rfmap::run;

struct Options {
  ModelFiles model;
  std::string device;
  std::vector<std::string> precisions{"tf32"}, strategies{"full"};
  int batch = 64;
};

std::vector<std::string> split(const std::string& list) {
  std::vector<std::string> names;
  std::stringstream text(list);
  for (std::string name; std::getline(text, name, ',');) names.push_back(name);
  return names;
}

Options parse(int argc, char** argv) {
  Options options;
  for (int i = 1; i + 1 < argc; i += 2) {
    const std::string name = argv[i], value = argv[i + 1];
    if (name == "--model") options.model.model = value;
    if (name == "--weights") options.model.weights = value;
    if (name == "--device") options.device = value;
    if (name == "--precisions") options.precisions = split(value);
    if (name == "--strategies") options.strategies = split(value);
    if (name == "--batch") options.batch = std::stoi(value);
  }
  return options;
}

cuda::Precision precision_of(const std::string& name) {
  for (const auto precision :
       {cuda::Precision::fp32, cuda::Precision::tf32, cuda::Precision::fp16, cuda::Precision::bf16})
    if (cuda::name_of(precision) == name) return precision;
  throw ConfigError("--precision " + name + ": unknown");
}

std::string text_of(const std::string& path) {
  std::ifstream file(path);
  if (!file) throw ConfigError(path + " cannot be read");
  std::stringstream text;
  text << file.rdbuf();
  return text.str();
}

/// The layers that a run measures by default, all their units.
Run run_of(Model model, const Job& job) {
  Run run{job};
  run.model = std::move(model);
  const Graph& graph = run.model.graph;
  run.preprocessing.crop = {graph.input().h, graph.input().w};
  run.grid = make_grid(run.preprocessing.crop, run.method.occluder, run.method.stride);
  const std::vector<Field> fields = theoretical_fields(graph);
  for (const Layer& layer : select_layers(run.model, {})) {
    MeasuredLayer m;
    m.name = layer.name;
    m.node = layer.node;
    m.shape = graph.nodes[layer.node].shape;
    m.field = fields[layer.node];
    for (int c = 0; c < m.shape.c; ++c) m.units.push_back(c);
    run.layers.push_back(std::move(m));
  }
  return run;
}

/// A unit at corners, edges and the middle of every layer.
std::vector<Pair> pairs_of(const Run& run) {
  std::vector<Pair> pairs;
  for (int l = 0; l < int(run.layers.size()); ++l) {
    const Shape& map = run.layers[l].shape;
    for (int y : {0, map.h / 4, map.h / 2, map.h - 1})
      for (int x : {0, map.w / 2, map.w - 1})
        pairs.push_back({l, Ranking::top, 0, 0, {0, 1, {y, x}}});
  }
  return pairs;
}

/// Compiles the full programs, and with windows all that one image's jobs come upon.
void compile_all(Engine& engine, const Run& run) {
  Programs programs = compile_programs(engine, run, run.machine.batch);
  if (run.machine.strategy == Strategy::full) return;
  const std::vector<float> none(std::size_t(run.input().c) * run.method.occluder.h *
                                run.method.occluder.w * patch_count(run));
  programs.session->set_patches(none);
  const std::vector<Pair> pairs = pairs_of(run);
  MapMeasurer measurer(run, pairs, programs);
  ImageJob job;
  for (int i = 0; i < int(pairs.size()); ++i) job.pairs.push_back(i);
  const Crop crop{run.input(), std::vector<std::uint8_t>(run.input().volume())};
  measurer.measure(job, crop);
}

/// All programs at one precision, a line a convolution.
void plan(const Options& options, const std::string& precision, Run& run) {
  const auto device =
      std::make_shared<cuda::PlanningDevice>(cuda::CudnnTarget::described(text_of(options.device)));
  const auto engine = cuda::make_engine_on(device, precision_of(precision), "described");
  for (const std::string& strategy : options.strategies) {
    run.machine.strategy = strategy == "full" ? Strategy::full : Strategy::automatic;
    compile_all(*engine, run);
  }
  for (const auto& [problem, report] : device->reports()) {
    std::cout << cuda::key_of(problem) << ' ';
    if (report.plan.empty())
      std::cout << "none\n";
    else
      std::cout << (report.slow ? "slow " : "plan ") << report.plan << ' ' << report.workspace
                << '\n';
  }
}

int plan_all(const Options& options) {
  if (const std::string missing = cuda::load_cudnn(); !missing.empty()) {
    std::printf("skipped: cuDNN cannot be loaded (%s)\n", missing.c_str());
    return 77;
  }
  Job job;
  job.machine.batch = options.batch;
  job.method.fill = Fill::gray;
  Run run = run_of(read_model(options.model), job);
  for (const std::string& precision : options.precisions) plan(options, precision, run);
  return 0;
}

}  // namespace

int main(int argc, char** argv) {
  try {
    return plan_all(parse(argc, argv));
  } catch (const std::exception& error) {
    std::cerr << error.what() << '\n';
    return 1;
  }
}
