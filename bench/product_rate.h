#pragma once

#include <string>

/// TFLOP/s of cuBLAS on one large product of random matrices on the current device; `precision`:
/// fp32, tf32, fp16 or bf16, accumulated in fp32. The library is loaded on demand. Negative if it
/// cannot be loaded, with the reason in `problem`.
double product_rate(const std::string& precision, std::string& problem);
