#pragma once

#include <string>

/// TFLOP/s of cuBLAS on one large product of random matrices on the current device; `precision`:
/// fp32, tf32, fp16 or bf16, accumulated in fp32. The library is loaded when it is asked for.
/// Negative where it cannot be, with the reason in `problem`.
double product_rate(const std::string& precision, std::string& problem);
