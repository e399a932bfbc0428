#pragma once

#include <string>

#include "kernels/types.h"

namespace rfmap::cuda {

/// Arithmetic of convolutions and matrix products; sums are fp32 in all of them. tf32 stores fp32.
enum class Precision { fp32, tf32, fp16, bf16 };

inline kernels::DType storage_of(Precision precision) {
  if (precision == Precision::fp16) return kernels::DType::f16;
  if (precision == Precision::bf16) return kernels::DType::bf16;
  return kernels::DType::f32;
}

inline std::string name_of(Precision precision) {
  static constexpr const char* kNames[] = {"fp32", "tf32", "fp16", "bf16"};
  return kNames[int(precision)];
}

/// Channels of images are padded with zeros to a multiple of this: tensor cores take 16 bytes.
inline int channel_multiple(Precision precision) {
  if (precision == Precision::fp32) return 1;
  return 16 / kernels::bytes_of(storage_of(precision));
}

}  // namespace rfmap::cuda
