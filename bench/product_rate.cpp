#include "product_rate.h"

#include <algorithm>
#include <cstdint>
#include <random>
#include <vector>

#include <cuda_runtime_api.h>
#include <dlfcn.h>

namespace {

constexpr int kSide = 8192;
constexpr int kRounds = 10;

// cuBLAS's own names and numbers (cublas_api.h, library_types.h), so that it need not be linked.
using Handle = void*;
using Create = int (*)(Handle*);
using Destroy = int (*)(Handle);
using Gemm = int (*)(Handle, int transa, int transb, int m, int n, int k, const void* alpha,
                     const void* a, int type_a, int lda, const void* b, int type_b, int ldb,
                     const void* beta, void* c, int type_c, int ldc, int compute, int algorithm);
constexpr int kFp32 = 0, kFp16 = 2, kBf16 = 14;                         // cudaDataType
constexpr int kCompute = 68, kComputePedantic = 69, kComputeTf32 = 77;  // cublasComputeType_t
constexpr int kDefaultAlgorithm = -1;

struct Kind {
  int type, compute;
  std::uint32_t one, mantissa, sign;  ///< bits of numbers in 1..2 of either sign
  int bytes;
};

Kind kind_of(const std::string& precision) {
  if (precision == "fp16") return {kFp16, kCompute, 0x3c00, 0x03ff, 0x8000, 2};
  if (precision == "bf16") return {kBf16, kCompute, 0x3f80, 0x007f, 0x8000, 2};
  const int compute = precision == "tf32" ? kComputeTf32 : kComputePedantic;
  return {kFp32, compute, 0x3f800000, 0x007fffff, 0x80000000, 4};
}

void* load() {
  for (const char* name : {"libcublas.so.13", "libcublas.so.12", "libcublas.so"})
    if (void* library = dlopen(name, RTLD_NOW)) return library;
  return nullptr;
}

/// Zeros would run faster than real weights and activations.
std::vector<std::uint8_t> random_matrix(const Kind& kind) {
  std::mt19937 bits(1);
  std::vector<std::uint8_t> bytes(std::size_t(kSide) * kSide * kind.bytes);
  for (std::size_t i = 0; i < bytes.size(); i += kind.bytes) {
    const std::uint32_t value = kind.one | (bits() & (kind.mantissa | kind.sign));
    std::copy_n(reinterpret_cast<const std::uint8_t*>(&value), kind.bytes, &bytes[i]);
  }
  return bytes;
}

/// Seconds of the fastest product; negative on any error.
double fastest(Gemm gemm, Handle handle, const Kind& kind, void* const memory[3]) {
  const float alpha = 1, beta = 0;
  cudaEvent_t start = nullptr, stop = nullptr;
  if (cudaEventCreate(&start) || cudaEventCreate(&stop)) return -1;
  float best = -1;
  for (int round = 0; round <= kRounds; ++round) {
    float ms = 0;
    cudaEventRecord(start);
    if (gemm(handle, 0, 0, kSide, kSide, kSide, &alpha, memory[0], kind.type, kSide, memory[1],
             kind.type, kSide, &beta, memory[2], kind.type, kSide, kind.compute, kDefaultAlgorithm))
      return -1;
    cudaEventRecord(stop);
    if (cudaEventSynchronize(stop) || cudaEventElapsedTime(&ms, start, stop)) return -1;
    if (round > 0) best = best < 0 ? ms : std::min(best, ms);
  }
  cudaEventDestroy(start);
  cudaEventDestroy(stop);
  return 1e-3 * best;
}

}  // namespace

double product_rate(const std::string& precision, std::string& problem) {
  static void* const library = load();
  problem = "libcublas cannot be loaded";
  if (!library) return -1;
  const auto create = reinterpret_cast<Create>(dlsym(library, "cublasCreate_v2"));
  const auto destroy = reinterpret_cast<Destroy>(dlsym(library, "cublasDestroy_v2"));
  const auto gemm = reinterpret_cast<Gemm>(dlsym(library, "cublasGemmEx"));
  Handle handle = nullptr;
  problem = "cuBLAS refused";
  if (!create || !destroy || !gemm || create(&handle)) return -1;
  const Kind kind = kind_of(precision);
  const std::vector<std::uint8_t> matrix = random_matrix(kind);
  void* memory[3] = {};
  bool there = true;
  for (void*& m : memory)
    there = there && cudaMalloc(&m, matrix.size()) == cudaSuccess &&
            cudaMemcpy(m, matrix.data(), matrix.size(), cudaMemcpyHostToDevice) == cudaSuccess;
  const double seconds = there ? fastest(gemm, handle, kind, memory) : -1;
  for (void* m : memory) cudaFree(m);
  destroy(handle);
  return seconds > 0 ? 2e-12 * kSide * kSide * double(kSide) / seconds : -1;
}
