#pragma once

#include <cstddef>
#include <memory>
#include <string>

#include "rfmap/graph.h"

#include "engine/precision.h"

namespace rfmap::cuda {

/// A convolution as described to a library: activations [batch, h, w, c] without gaps, weights
/// [out.c, kernel.h, kernel.w, in.c / groups], bias [out.c], all in the storage type of the
/// precision. It computes convolution, then + residual, then + bias, then ReLU; sums in fp32.
struct ConvolutionProblem {
  Precision precision = Precision::tf32;
  int batch = 1;
  Shape in, out;
  Size kernel{1, 1}, stride{1, 1}, dilation{1, 1};
  Margins pad;
  int groups = 1;
  bool residual = false;
  bool relu = false;
  bool operator==(const ConvolutionProblem&) const = default;
};

/// One line without spaces that identifies the problem: the key of plans stored on disk.
std::string key_of(const ConvolutionProblem& problem);

/// A problem for a step's convolution. `channels`: number of channels stored per input cell, in.c
/// or more.
ConvolutionProblem make_problem(Precision precision, int batch, const Conv& conv, Shape in,
                                int channels, const Shape& out);

/// Device memory; `residual` and `workspace` may be null if they are not used.
struct ConvolutionArguments {
  const void* in = nullptr;
  const void* weights = nullptr;
  const void* bias = nullptr;
  const void* residual = nullptr;
  void* out = nullptr;
  void* workspace = nullptr;
};

/// A way to run one problem.
class LibraryConvolution {
 public:
  virtual ~LibraryConvolution() = default;
  virtual std::size_t workspace_bytes() const = 0;
  virtual void run(const ConvolutionArguments& arguments) = 0;
};

/// A library's answer for one problem.
struct FoundPlan {
  std::shared_ptr<LibraryConvolution> plan;
  std::string why_none;  ///< without a plan: in the library's words, as far as it has any
};

}  // namespace rfmap::cuda
