#include "graph/rearrange.h"

#include <fmt/format.h>

#include "rfmap/error.h"

#include "engine/operations.h"

namespace rfmap::cuda {

int rearrange(Builder& builder, const Rearrange& op, const Job& job) {
  const Rearrange few = graph::simplified(op);
  kernels::Rearrangement work;
  int next = 0;
  for (std::size_t axis = 0; axis < 3; ++axis) {
    for (const Rearrange::Digit& digit : few.digits[axis]) {
      if (next == kernels::kMostDigits)
        throw EngineError(fmt::format("a {} of more than {} digits is not supported on the GPU",
                                      op.kind, kernels::kMostDigits));
      work.digits[next++] = {digit.extent, digit.axis, digit.step};
    }
    work.end[axis] = next;
    work.start[axis] = few.start[axis];
  }
  return map(builder, job, work);
}

int parameter(Builder& builder, const Parameter& op, const Job& job) {
  void* samples = builder.constants.samples(op.values, job.out, job.batch, builder.storage());
  return builder.add_fixed(kernels::tensor(samples, builder.storage(), job.batch, job.out));
}

}  // namespace rfmap::cuda
