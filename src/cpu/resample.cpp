#include <cstdint>
#include <vector>

#include "core/resampled_rows.h"
#include "cpu/operations.h"

namespace rfmap::cpu {

template <>
int compile_operation(Builder& builder, const Resample& op, Job& job) {
  const int in = builder.plain(job.inputs.front());
  const int out = builder.add(plain_desc(job.batch, job.out));
  builder.loop({in, out}, [op, from = job.shapes.front(), to = job.out,
                           rows = std::int64_t(job.batch) * job.out.c * job.out.h,
                           source = builder.memory(in), target = builder.memory(out)](Run&) {
#pragma omp parallel
    {
      std::vector<float> row(std::size_t(from.w));
#pragma omp for schedule(static)
      for (std::int64_t i = 0; i < rows; ++i) {
        const float* plane = floats(source) + std::size_t(i / to.h) * from.area();
        resample_row(op, plane, {from.h, from.w}, int(i % to.h), row.data(),
                     floats(target) + std::size_t(i) * std::size_t(to.w), to.w);
      }
    }
  });
  return out;
}

}  // namespace rfmap::cpu
