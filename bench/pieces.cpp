// google-benchmarks of the parts of windowed programs, on the windows of AlexNet (Caffe) for a unit
// of pool5: crop and paste, convolutions after their crop, LRN, pooling. The argument is the number
// of threads. Counters: GFLOP/s and their share of the sgemm of the same library in the same run;
// for parts without products, GB/s and the number of multiply-adds that sgemm computes in the same
// time per value written.

#include <algorithm>
#include <chrono>
#include <cmath>
#include <ctime>
#include <map>

#include <benchmark/benchmark.h>
#include <omp.h>
#include <oneapi/dnnl/dnnl.h>

#include "engines/make_engine.h"
#include "plan/programs.h"
#include "random_values.h"

namespace {

using namespace rfmap;
using namespace rfmap::plan;
using namespace rfmap::engines;

constexpr int kBatch = 16;

/// Seconds since construction. With one thread CPU time, so that waiting for a core on a busy
/// machine does not count.
class Stopwatch {
 public:
  explicit Stopwatch(int threads) : threads_(threads) {}
  double seconds() const {
    if (threads_ == 1) return double(std::clock() - cpu_) / CLOCKS_PER_SEC;
    return std::chrono::duration<double>(std::chrono::steady_clock::now() - wall_).count();
  }

 private:
  int threads_;
  std::clock_t cpu_ = std::clock();
  std::chrono::steady_clock::time_point wall_ = std::chrono::steady_clock::now();
};

/// Best GFLOP/s of some square products.
double measure_sgemm(int threads) {
  constexpr dnnl_dim_t n = 1024;
  omp_set_num_threads(threads);
  const std::vector<float> a = bench::random_values(n * n), b = bench::random_values(n * n);
  std::vector<float> c(n * n);
  double best = 0;
  for (int i = 0; i < 12; ++i) {
    const Stopwatch watch(threads);
    dnnl_sgemm('N', 'N', n, n, n, 1, a.data(), n, b.data(), n, 0, c.data(), n);
    best = std::max(best, 2e-9 * double(n * n * n) / watch.seconds());
  }
  return best;
}

double sgemm_gflops(int threads) {
  static std::map<int, double> known;
  const auto [it, fresh] = known.try_emplace(threads);
  if (fresh) it->second = measure_sgemm(threads);
  return it->second;
}

struct Piece {
  const char* name;
  Shape map;         ///< the original's map that is cropped
  Size crop;         ///< size of the windows that are read
  NodeOperation op;  ///< without padding; Input: none
  int pad = 0, stride = 1;
  int paste = 0;  ///< side of the changed window pasted over the crop; 0: none
};

NodeOperation convolution(int in, int out, int kernel, int groups, int stride = 1) {
  Conv conv;
  conv.kernel = {kernel, kernel};
  conv.stride = {stride, stride};
  conv.groups = groups;
  conv.out_channels = out;
  const int fan_in = in / groups * kernel * kernel;
  conv.weights = std::make_shared<const std::vector<float>>(
      bench::random_values(std::size_t(out) * fan_in, 1 / std::sqrt(float(fan_in))));
  conv.bias = std::make_shared<const std::vector<float>>(std::vector<float>(out));
  return conv;
}

NodeOperation pooling() {
  Pool pool;
  pool.kernel = {3, 3};
  pool.stride = {2, 2};
  return pool;
}

const std::vector<Piece>& pieces() {
  static const std::vector<Piece> all{
      {"crop_and_paste/conv2", {96, 27, 27}, {12, 12}, Input{}, 2, 1, 6},
      {"crop_and_paste/conv3", {256, 13, 13}, {9, 9}, Input{}, 1, 1, 6},
      {"crop_and_paste/conv5", {384, 13, 13}, {9, 9}, Input{}, 1, 1, 7},
      {"convolution/conv1", {3, 227, 227}, {31, 31}, convolution(3, 96, 11, 1, 4), 0, 4},
      {"convolution/conv2", {96, 27, 27}, {12, 12}, convolution(96, 256, 5, 2), 2},
      {"convolution/conv3", {256, 13, 13}, {9, 9}, convolution(256, 384, 3, 1), 1},
      {"convolution/conv4", {384, 13, 13}, {7, 7}, convolution(384, 384, 3, 2), 1},
      {"convolution/conv5", {384, 13, 13}, {9, 9}, convolution(384, 256, 3, 2), 1},
      {"lrn/norm1", {96, 55, 55}, {12, 12}, Lrn{}},
      {"lrn/norm2", {256, 27, 27}, {11, 11}, Lrn{}},
      {"pooling/pool1", {96, 55, 55}, {17, 17}, pooling(), 0, 2},
      {"pooling/pool2", {256, 27, 27}, {13, 13}, pooling(), 0, 2},
  };
  return all;
}

/// The original's map, in the layout of a convolution's output.
Program map_maker(const Shape& map) {
  Program program{"map", {{map, 1, -1, "data"}, {map, 1, 0, "map"}}, {}};
  program.steps = {{LoadImages{}, {}, 0},
                   {Compute{computed(convolution(map.c, map.c, 1, 1)), false, {}}, {0}, 1}};
  return program;
}

/// Cells that one cell of the operation's output reads, along one axis.
int reach_of(const NodeOperation& op) {
  if (const auto* conv = std::get_if<Conv>(&op)) return conv->kernel.h;
  if (const auto* pool = std::get_if<Pool>(&op)) return pool->kernel.h;
  return 1;
}

/// Crop (and paste the result of a first crop), then the operation; table 0: the last value's
/// windows, table 1: those of the pasted value.
Program piece_program(const Piece& piece) {
  const bool crop_only = std::holds_alternative<Input>(piece.op);
  Program program{piece.name, {{piece.map, 1, 0, "map"}}, {}};
  CropWindow crop;
  crop.stride = {piece.stride, piece.stride};
  crop.reach = {reach_of(piece.op), reach_of(piece.op)};
  crop.pad = {piece.pad, piece.pad};
  std::vector<int> inputs{0};
  if (piece.paste > 0) {
    CropWindow changed;
    changed.window = 1;
    program.values.push_back({{piece.map.c, piece.paste, piece.paste}, kBatch, -1, "changed", 1});
    program.steps.push_back({changed, {0}, 1});
    crop.paste_window = 1;
    inputs.push_back(1);
  }
  const int window = int(program.values.size());
  program.values.push_back(
      {{piece.map.c, piece.crop.h, piece.crop.w}, kBatch, -1, "window", crop_only ? 0 : -1});
  program.steps.push_back({crop, inputs, window});
  if (crop_only) return program;
  const Shape out = output_shape(piece.name, piece.op, {program.values[window].shape});
  program.values.push_back({out, kBatch, -1, "output", 0});
  program.steps.push_back({Compute{computed(piece.op), false, {}}, {window}, window + 1});
  return program;
}

/// Windows of `side` cells distributed over a map of `room`, as by a grid of occluders.
struct Windows {
  std::vector<Point> corners;
  std::vector<Rect> live;
  Windows(int side, int room) {
    const int last = std::max(0, room - side);
    for (int n = 0; n < kBatch; ++n) {
      const Point at{n / 4 * last / 3, n % 4 * last / 3};
      corners.push_back(at);
      live.push_back({at.y, at.x, at.y + side, at.x + side});
    }
  }
};

/// Size of the map of which the last value of a piece is a window.
int room_of(const Piece& piece) {
  return (piece.map.h + 2 * piece.pad - reach_of(piece.op)) / piece.stride + 1;
}

class Runner {
 public:
  Runner(const Piece& piece, int threads)
      : engine_(make_engine("cpu", {threads})),
        last_(piece_program(piece).values.back().shape.h, room_of(piece)),
        changed_(piece.paste, piece.map.h),
        occluders_(kBatch) {
    ProgramSet set;
    set.residents = {{piece.map, 1, 0, "map"}};
    set.programs = {map_maker(piece.map), piece_program(piece)};
    session_ = engine_->compile(set);
    const std::vector<float> image = bench::random_values(piece.map.volume());
    Call call;
    call.images = image;
    session_->run(0, call, reply_);
  }
  void run() {
    Call call;
    call.windows = {last_.corners, changed_.corners};
    call.live = {last_.live, changed_.live};
    call.occluders = occluders_;
    session_->run(1, call, reply_);
  }

 private:
  std::unique_ptr<Engine> engine_;
  std::unique_ptr<Session> session_;
  Windows last_, changed_;
  std::vector<Occluder> occluders_;
  Reply reply_;
};

/// `seconds`: time of one run.
void count(benchmark::State& state, const Piece& piece, double seconds) {
  const Program program = piece_program(piece);
  const double sgemm = sgemm_gflops(int(state.range(0)));
  const double gflops = 2e-9 * macs(program) * kBatch / seconds;
  if (gflops > 0) {
    state.counters["GFLOP/s"] = gflops;
    state.counters["of_sgemm"] = gflops / sgemm;
    return;
  }
  double values = 0;
  for (std::size_t v = 1; v < program.values.size(); ++v)
    values += double(program.values[v].shape.volume()) * kBatch;
  state.counters["GB/s"] = 8e-9 * values / seconds;  // read and written
  state.counters["macs_a_value"] = 0.5e9 * sgemm * seconds / values;
}

void run_piece(benchmark::State& state, const Piece& piece) {
  Runner runner(piece, int(state.range(0)));
  runner.run();
  const Stopwatch watch(int(state.range(0)));
  for (auto _ : state) runner.run();
  count(state, piece, watch.seconds() / double(state.iterations()));
}

void run_sgemm(benchmark::State& state) {
  const int threads = int(state.range(0));
  double best = 0;
  for (auto _ : state) best = std::max(best, measure_sgemm(threads));
  state.counters["GFLOP/s"] = best;
}

}  // namespace

int main(int argc, char** argv) {
  benchmark::RegisterBenchmark("sgemm", run_sgemm)->Arg(1)->Arg(2)->UseRealTime();
  for (const Piece& piece : pieces())
    benchmark::RegisterBenchmark(piece.name,
                                 [&piece](benchmark::State& state) { run_piece(state, piece); })
        ->Arg(1)
        ->Arg(2)
        ->UseRealTime()
        ->Unit(benchmark::kMicrosecond);
  benchmark::Initialize(&argc, argv);
  if (benchmark::ReportUnrecognizedArguments(argc, argv)) return 2;
  benchmark::RunSpecifiedBenchmarks();
  return 0;
}
