// Times every layer of a model's full occluded passes against the roofline: the least that a layer
// must compute and move, divided by the rates of a large matrix product and a large copy in the
// same run. The time of a layer is that of the program up to it minus that of the program up to the
// preceding layer, so it includes what an engine fuses or launches between them. One JSON line per
// layer, then one for all.

#include <algorithm>
#include <chrono>
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
  int batch = 16, threads = 1, rounds = 10;
  double gflops = 0, gbs = 0;  // ceilings measured elsewhere
};

Options parse(int argc, char** argv) {
  Options o;
  CLI::App app("Times the layers of full occluded passes beside the roofline.");
  app.add_option("model", o.files.model, ".onnx or .prototxt")->required();
  app.add_option("layer", o.layer, "last layer")->required();
  app.add_option("--weights", o.files.weights, ".caffemodel");
  bench::add_engine_options(app, o.device, o.precision, o.batch, o.threads);
  app.add_option("--rounds", o.rounds, "timings of each program; the fastest counts");
  app.add_option("--gflops", o.gflops, "a ceiling that counts where it is above the measured one");
  app.add_option("--gbs", o.gbs, "the same for memory, GB/s");
  bench::parse_or_exit(app, argc, argv);
  return o;
}

/// The first part of a program: all steps up to `end`, with a read of the last one's value.
struct Prefix {
  std::string layers;  ///< layers that the preceding part does not have
  int begin = 0, end = 0;
  Program program;
  double seconds = 1e9;
};

const Operation* operation(const Step& step) {
  const auto* compute = std::get_if<Compute>(&step.kind);
  return compute ? &compute->op : nullptr;
}

/// Normalisation and an adjacent pooling may be one kernel: no part ends between them.
bool belong_together(const Step& a, const Step& b) {
  const Operation *x = operation(a), *y = operation(b);
  if (!x || !y) return false;
  return (std::holds_alternative<Lrn>(*x) && std::holds_alternative<Pool>(*y)) ||
         (std::holds_alternative<Pool>(*x) && std::holds_alternative<Lrn>(*y));
}

std::vector<Prefix> make_prefixes(const Program& whole) {
  std::vector<Prefix> prefixes;
  int begin = 0;
  const int makers = int(whole.steps.size()) - 1;  // the last step reads
  std::string layers;
  for (int end = 1; end <= makers; ++end) {
    const Step& last = whole.steps[end - 1];
    layers += (layers.empty() ? "" : "+") + whole.values[last.output].layer;
    if (end < makers && belong_together(last, whole.steps[end])) continue;
    Prefix prefix{layers, begin, end, whole, 1e9};
    prefix.program.steps.resize(end);
    prefix.program.steps.push_back({ReadResponse{}, {last.output}, -1});
    prefixes.push_back(std::move(prefix));
    begin = end;
    layers.clear();
  }
  return prefixes;
}

/// Values that steps begin..end-1 must read from or write to memory, each once, including weights.
double values_moved(const Program& program, int begin, int end) {
  double count = 0;
  for (int s = begin; s < end; ++s) {
    const Step& step = program.steps[s];
    const auto size = [&](int v) {
      return double(program.values[v].batch) * program.values[v].shape.volume();
    };
    for (int input : step.inputs)
      if (s == begin || input != program.steps[s - 1].output) count += size(input);
    if (s == end - 1) count += size(step.output);
    const Operation* op = operation(step);
    if (const auto* conv = op ? std::get_if<Conv>(op) : nullptr) count += conv->weights->size();
    if (const auto* fc = op ? std::get_if<FullyConnected>(op) : nullptr)
      count += fc->weights->size();
  }
  return count;
}

class Timer {
 public:
  Timer(Engine& engine, const Shape& input, std::vector<Program> programs, int batch)
      : occluders_(batch), image_(bench::random_values(input.volume())) {
    ProgramSet set;
    set.residents = {{input, 1, 0, "images"}};
    set.programs = {load_program(input, 1)};
    std::move(programs.begin(), programs.end(), std::back_inserter(set.programs));
    set.patch = {11, 11};
    set.patches = 1;
    session_ = engine.compile(set);
    session_->set_patches(bench::random_values(std::size_t(input.c) * 11 * 11));
    Call call;
    call.images = image_;
    session_->run(0, call, reply_);
    for (int n = 1; n < batch; ++n)
      occluders_[n] = {
          {n * 7 % std::max(1, input.h - 10), n * 31 % std::max(1, input.w - 10)}, 0, 0};
  }
  double seconds(int program) {
    Call call;
    call.occluders = occluders_;
    call.reads = {read_};
    const auto start = std::chrono::steady_clock::now();
    session_->run(program + 1, call, reply_);
    return std::chrono::duration<double>(std::chrono::steady_clock::now() - start).count();
  }

 private:
  std::vector<Occluder> occluders_;
  std::vector<float> image_;
  std::vector<Read> read_{{0, {0, 0}}};
  std::unique_ptr<Session> session_;
  Reply reply_;
};

/// For one batch.
struct Row {
  std::string layers;
  double seconds = 0, flops = 0, bytes = 0;
};

std::vector<Row> time_layers(Engine& engine, const Program& whole, const Options& o) {
  std::vector<Prefix> prefixes = make_prefixes(whole);
  std::vector<Program> programs;
  for (const Prefix& prefix : prefixes) programs.push_back(prefix.program);
  const Value& input = whole.values[whole.steps.front().output];
  Timer timer(engine, input.shape, std::move(programs), input.batch);
  for (int round = 0; round < o.rounds + 3; ++round)  // the first ones warm up and record graphs
    for (std::size_t i = 0; i < prefixes.size(); ++i) {
      const double seconds = timer.seconds(int(i));
      if (round >= 3) prefixes[i].seconds = std::min(prefixes[i].seconds, seconds);
    }
  const bool half = o.precision == "fp16" || o.precision == "bf16";
  std::vector<Row> rows;
  double before = 0, macs_before = 0;
  for (const Prefix& p : prefixes) {
    const double all = macs(p.program) * input.batch;
    rows.push_back({p.layers, p.seconds - before, 2 * (all - macs_before),
                    (half ? 2 : 4) * values_moved(whole, p.begin, p.end)});
    before = p.seconds;
    macs_before = all;
  }
  return rows;
}

/// The engine's rates for a large matrix product (a 1x1 convolution) and a large scaling.
void measure_ceilings(Engine& engine, Options& o) {
  const bool gpu = o.device.rfind("cuda", 0) == 0;
  const int channels = gpu ? 4096 : 512, batch = gpu ? 32 : 4;
  Graph graph;
  graph.nodes.push_back({"input", {}, {}, Input{}, {}, {channels, 32, 32}});
  const auto weights = bench::random_values(std::size_t(channels) * channels);
  Conv conv;
  conv.out_channels = channels;
  conv.weights = std::make_shared<std::vector<float>>(weights);
  graph.nodes.push_back({"product", {}, {}, conv, {0}, graph.input()});
  Affine scaling;
  scaling.scale = std::make_shared<std::vector<float>>(channels, 0.5f);
  scaling.shift = std::make_shared<std::vector<float>>(channels, 0.f);
  graph.nodes.push_back({"scaling", {}, {}, scaling, {1}, graph.input()});
  const Program program = occlude_program(graph, {2}, batch, Response::location);
  for (const Row& row : time_layers(engine, program, o)) {
    if (row.seconds <= 0) continue;
    o.gflops = std::max(o.gflops, 1e-9 * row.flops / row.seconds);
    if (row.flops == 0) o.gbs = std::max(o.gbs, 1e-9 * row.bytes / row.seconds);
  }
}

/// The roofline's time of a row.
double floor_of(const Row& row, const Options& o) {
  return std::max(1e-9 * row.flops / o.gflops, 1e-9 * row.bytes / o.gbs);
}

nlohmann::json line_of(const Row& row, double floor, const Options& o) {
  return {{"layer", row.layers},
          {"ms", 1e3 * row.seconds},
          {"gflop", 1e-9 * row.flops},
          {"mb", 1e-6 * row.bytes},
          {"gflops", 1e-9 * row.flops / row.seconds},
          {"gb_s", 1e-9 * row.bytes / row.seconds},
          {"bound", row.flops / o.gflops > row.bytes / o.gbs ? "arithmetic" : "memory"},
          {"floor_ms", 1e3 * floor},
          {"share_of_roofline", floor / row.seconds}};
}

void run(Options o) {
  const Model model = read_model(o.files);
  const int node = select_layers(model, {o.layer}).front().node;
  const auto engine = make_engine(o.device, {o.threads, o.precision});
  measure_ceilings(*engine, o);
  const Program whole = occlude_program(model.graph, {node}, o.batch, Response::location);
  Row all;
  double floor = 0;
  for (const Row& row : time_layers(*engine, whole, o)) {
    std::cout << line_of(row, floor_of(row, o), o) << std::endl;
    all.seconds += row.seconds;
    all.flops += row.flops;
    all.bytes += row.bytes;
    floor += floor_of(row, o);
  }
  all.layers = "all";
  nlohmann::json line = line_of(all, floor, o);
  line.erase("bound");
  line["batch"] = o.batch;
  line["engine"] = engine->name() + ": " + engine->description();
  line["ceiling_gflops"] = o.gflops;
  line["ceiling_gb_s"] = o.gbs;
  std::cout << line << std::endl;
}

}  // namespace

int main(int argc, char** argv) {
  try {
    run(parse(argc, argv));
  } catch (const rfmap::Error& error) {
    std::cerr << "layer_times: " << error.what() << "\n";
    return error.exit_code();
  }
  return 0;
}
