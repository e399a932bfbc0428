#pragma once

#include "cuda/host_device.h"

namespace rfmap::cuda {

/// Plain loops instead of a library's plan, sums in fp32.
class HostConvolution : public LibraryConvolution {
 public:
  HostConvolution(HostDevice& device, const ConvolutionProblem& problem)
      : device_(device), problem_(problem) {}
  std::size_t workspace_bytes() const override { return 1000; }
  void run(const ConvolutionArguments& arguments) override;

 private:
  HostDevice& device_;
  ConvolutionProblem problem_;
};

}  // namespace rfmap::cuda
