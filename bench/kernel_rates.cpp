// Times the project's own CUDA kernels on AlexNet's shapes and prints one JSON line each: bytes
// that must be moved, the rate, and its share of the rate of a copy on the same device in the same
// run; and the rate of cuBLAS on a large product. Exit code 77 if there is no device.

#include <algorithm>
#include <cstdio>
#include <functional>
#include <memory>
#include <string>
#include <vector>

#include <cuda_runtime_api.h>

#include "kernels/launch.h"
#include "product_rate.h"

namespace {

using namespace rfmap;
using namespace rfmap::plan;
using namespace rfmap::kernels;

constexpr int kBatch = 256;
constexpr int kRounds = 20;

struct Failure {
  cudaError_t code;
};

void check(cudaError_t code) {
  if (code != cudaSuccess) throw Failure{code};
}

/// Device memory, zeroed.
class Memory {
 public:
  explicit Memory(std::size_t bytes) {
    check(cudaMalloc(&data_, bytes));
    check(cudaMemset(data_, 0, bytes));
  }
  Memory(const Memory&) = delete;
  Memory& operator=(const Memory&) = delete;
  ~Memory() { static_cast<void>(cudaFree(data_)); }
  void* get() const { return data_; }

 private:
  void* data_ = nullptr;
};

/// A tensor with its own memory.
struct Activations {
  Activations(DType type, const Shape& shape, int batch = kBatch)
      : bytes(std::size_t(batch) * shape.volume() * bytes_of(type)),
        memory(bytes),
        tensor(kernels::tensor(memory.get(), type, batch, shape)) {}
  std::size_t bytes;
  Memory memory;
  Tensor tensor;
};

template <class T>
class Table {
 public:
  explicit Table(const std::vector<T>& entries) : memory_(entries.size() * sizeof(T)) {
    check(cudaMemcpy(memory_.get(), entries.data(), entries.size() * sizeof(T),
                     cudaMemcpyHostToDevice));
  }
  const T* get() const { return static_cast<const T*>(memory_.get()); }

 private:
  Memory memory_;
};

/// Milliseconds of the fastest of some rounds of `work`.
float fastest(const std::function<cudaError_t()>& work) {
  cudaEvent_t start = nullptr, stop = nullptr;
  check(cudaEventCreate(&start));
  check(cudaEventCreate(&stop));
  float best = 1e30f;
  for (int round = 0; round < kRounds; ++round) {
    check(cudaEventRecord(start));
    check(work());
    check(cudaEventRecord(stop));
    check(cudaEventSynchronize(stop));
    float ms = 0;
    check(cudaEventElapsedTime(&ms, start, stop));
    if (round > 0) best = std::min(best, ms);  // the first one warms up
  }
  check(cudaEventDestroy(start));
  check(cudaEventDestroy(stop));
  return best;
}

double ceiling_gbs = 0;  ///< rate of a copy, counting reads and writes

double copy_rate() {
  const std::size_t bytes = std::size_t(1) << 30;
  const Memory from(bytes), to(bytes);
  const float ms = fastest(
      [&] { return cudaMemcpyAsync(to.get(), from.get(), bytes, cudaMemcpyDeviceToDevice); });
  return 2e-6 * double(bytes) / ms;
}

void report(const std::string& name, DType type, std::size_t bytes,
            const std::function<cudaError_t()>& work) {
  const float ms = fastest(work);
  const double rate = 1e-6 * double(bytes) / ms;
  std::printf(
      "{\"kernel\": \"%s\", \"storage\": \"%s\", \"batch\": %d, \"ms\": %.4f, \"mb\": %.1f, "
      "\"gb_s\": %.0f, \"share_of_copy\": %.3f}\n",
      name.c_str(), type == DType::f32 ? "f32" : "f16", kBatch, ms, 1e-6 * double(bytes), rate,
      rate / ceiling_gbs);
}

std::vector<Occluder> occluders() {
  std::vector<Occluder> all;
  for (int n = 0; n < kBatch; ++n) all.push_back({{n * 7 % 217, n * 31 % 217}, 0, 0});
  return all;
}

void time_occlusion(DType type) {
  const Shape image{3, 227, 227};
  const Activations images(type, {4, 227, 227}, 1), out(type, {4, 227, 227});
  const Memory patch(std::size_t(image.c) * 11 * 11 * sizeof(float));
  const Table<Occluder> table(occluders());
  Occlusion in;
  in.images = images.tensor;
  in.images.c = image.c;
  in.patches = static_cast<const float*>(patch.get());
  in.occluders = table.get();
  in.patch = {11, 11};
  report("occlude 227x227x3", type, out.bytes, [&] { return launch(out.tensor, in, nullptr); });
}

void time_crop(DType type) {
  const Activations maps(type, {256, 27, 27}, 1), paste(type, {256, 8, 8}), out(type, {256, 9, 9});
  std::vector<Point> corners;
  for (int n = 0; n < kBatch; ++n) corners.push_back({n % 18, n * 5 % 18});
  const Table<Point> windows(corners);
  const Table<Occluder> table(occluders());
  Crop in;
  in.maps = maps.tensor;
  in.occluders = table.get();
  in.windows = windows.get();
  in.channels = 256;
  in.paste = paste.tensor;
  in.paste_windows = windows.get();
  report("crop 9x9x256, paste 8x8", type, paste.bytes + out.bytes,
         [&] { return launch(out.tensor, in, nullptr); });
}

void time_layers(DType type) {
  const Activations in(type, {96, 55, 55}), same(type, {96, 55, 55}), half(type, {96, 27, 27});
  Epilogue relu;
  relu.in = in.tensor;
  relu.act = {false, ActivationKind::relu};
  report("relu 55x55x96", type, in.bytes + same.bytes,
         [&] { return launch(same.tensor, relu, nullptr); });
  ResponseNormalisation lrn;
  lrn.in = in.tensor;
  report("lrn 55x55x96", type, in.bytes + same.bytes,
         [&] { return launch(same.tensor, lrn, nullptr); });
  Pooling max;
  max.in = in.tensor;
  max.window.kernel = {3, 3};
  max.window.stride = {2, 2};
  report("max pooling 3/2 55x55x96", type, in.bytes + half.bytes,
         [&] { return launch(half.tensor, max, nullptr); });
  lrn.pool = max.window;
  for (auto [order, name] :
       {std::pair{ResponseNormalisation::Order::lrn_then_pool, "lrn + max pooling"},
        std::pair{ResponseNormalisation::Order::pool_then_lrn, "max pooling + lrn"}}) {
    lrn.order = order;
    report(std::string(name) + " 55x55x96", type, in.bytes + half.bytes,
           [&] { return launch(half.tensor, lrn, nullptr); });
  }
}

void time_reads(DType type) {
  const Activations in(type, {256, 13, 13});
  std::vector<int> all;
  for (int c = 0; c < 256; ++c) all.push_back(c);
  const Table<int> channels(all);
  const Memory out(std::size_t(kBatch) * 256 * sizeof(Extremum));
  const ExtremaReads reads{in.tensor, channels.get(), 256, false};
  report("extrema 13x13x256", type, in.bytes, [&] { return launch(out.get(), reads, nullptr); });
}

void print_product_rate(const char* precision) {
  std::string problem;
  const double rate = product_rate(precision, problem);
  if (rate < 0)
    std::printf("{\"kernel\": \"product %s\", \"not_run\": \"%s\"}\n", precision, problem.c_str());
  else
    std::printf("{\"kernel\": \"product %s\", \"gflops\": %.0f}\n", precision, 1e3 * rate);
}

}  // namespace

int main() {
  int devices = 0;
  if (const cudaError_t code = cudaGetDeviceCount(&devices); code != cudaSuccess) {
    std::printf("skipped: no CUDA device: %s\n", cudaGetErrorString(code));
    return 77;
  }
  try {
    ceiling_gbs = copy_rate();
    std::printf("{\"kernel\": \"copy\", \"gb_s\": %.0f}\n", ceiling_gbs);
    for (const char* precision : {"fp32", "tf32", "fp16", "bf16"}) print_product_rate(precision);
    for (DType type : {DType::f32, DType::f16}) {
      time_occlusion(type);
      time_crop(type);
      time_layers(type);
      time_reads(type);
    }
  } catch (const Failure& failure) {
    std::fprintf(stderr, "kernel_rates: %s\n", cudaGetErrorString(failure.code));
    return 1;
  }
  return 0;
}
