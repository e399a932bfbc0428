#include "core/reductions.h"
#include "engine/operations.h"

namespace rfmap::cuda {

int reduce(Builder& builder, const Reduce& op, const Job& job) {
  if (const auto pool = core::whole_map(op, job.shapes.front())) {
    kernels::Pooling whole;
    whole.kind = pool->kind;
    whole.window.kernel = pool->kernel;
    return map(builder, job, whole);
  }
  return map(builder, job, kernels::Reduction{{}, kernels::axes_of(op.axes), op.kind});
}

int multiply(Builder& builder, const MatMul&, const Job& job) {
  const int out = builder.add(job.batch, job.out), a = job.inputs[0], b = job.inputs[1];
  builder.fill(out, {a, b}, [a, b](const Stage& stage) -> Work {
    return kernels::MatrixProduct{stage.tensors[a], stage.tensors[b]};
  });
  return out;
}

}  // namespace rfmap::cuda
