#include <cstdint>

#include "core/resampled_rows.h"
#include "cpu/operations.h"

namespace rfmap::cpu {

int compile_operation(Builder& builder, const Resample& op, Job& job) {
  const int in = builder.plain(job.inputs.front());
  const int out = builder.add(plain_desc(job.batch, job.out));
  builder.loop({in, out}, [op, from = job.shapes.front(), to = job.out,
                           rows = std::int64_t(job.batch) * job.out.c * job.out.h,
                           source = builder.memory(in), target = builder.memory(out)](Run&) {
#pragma omp parallel
    {
      core::ResampledRows resampled(op, from, to.w);
#pragma omp for schedule(static)
      for (std::int64_t i = 0; i < rows; ++i)
        resampled.fill(floats(source) + std::size_t(i / to.h) * from.area(), int(i % to.h),
                       floats(target) + std::size_t(i) * std::size_t(to.w));
    }
  });
  return out;
}

}  // namespace rfmap::cpu
