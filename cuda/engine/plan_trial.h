#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "engine/library_plans.h"
#include "engine/memory.h"

namespace rfmap::cuda {

/// A problem's tensors with numbers in them, to try a library's plans on. Nothing else may run on
/// the device meanwhile.
class PlanTrial {
 public:
  /// Throws MemoryFault where the tensors do not fit.
  PlanTrial(TrialDevice& device, LibraryPlans& plans, const ConvolutionProblem& problem);
  /// Scratch memory for plans that need so much or less; false where there is not enough.
  bool reserve(std::size_t workspace);
  /// Milliseconds of one run. Throws DeviceFault where the plan fails.
  float time(int plan);
  /// Equal samples must give equal bits in every slot, whatever their neighbours hold: where they
  /// do not, what differs. Throws DeviceFault where the plan fails.
  std::string differing_bits(int plan);

 private:
  Memory memory(std::size_t bytes);
  void put(std::byte* to, const std::vector<std::byte>& bytes);
  void fill(const Memory& to, std::uint32_t seed);
  void repeat(const Memory& memory, std::size_t bytes, std::size_t count);
  void run(int plan);
  int differing_slot(const std::byte* want, int first, int step);

  TrialDevice& device_;
  LibraryPlans& plans_;
  ConvolutionProblem problem_;
  kernels::DType type_;
  std::size_t sample_in_, sample_out_;
  Memory in_, weights_, bias_, residual_, out_, want_, differences_, workspace_;
};

}  // namespace rfmap::cuda
