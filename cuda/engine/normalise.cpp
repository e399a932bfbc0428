#include "engine/operations.h"

namespace rfmap::cuda {
using namespace plan;
namespace {

using kernels::ResponseNormalisation;

bool is_max(const Pool* pool) { return pool && pool->kind == Pool::Kind::max; }

/// Whether a step's value is read only by the next step, directly.
bool feeds_only_the_next(const Program& program, int index) {
  const Step& step = program.steps[index];
  const auto& compute = std::get<Compute>(step.kind);
  if (compute.residual || compute.activation) return false;
  if (program.values[step.output].resident >= 0) return false;
  int readers = 0;
  for (const Step& other : program.steps)
    for (int input : other.inputs) readers += input == step.output;
  const Step& next = program.steps[index + 1];
  return readers == 1 && !std::get<Compute>(next.kind).residual &&
         next.inputs.front() == step.output;
}

ResponseNormalisation make_work(const Lrn& op) {
  ResponseNormalisation work;
  work.size = op.size;
  work.alpha = op.alpha;
  work.beta = op.beta;
  work.k = op.k;
  return work;
}

/// The input may be in parts.
int run(Builder& builder, const Job& job, const ResponseNormalisation& fixed) {
  const int in = job.inputs.front(), parts = builder.parts(in);
  const int out = builder.add(job.batch, job.out);
  builder.fill(out, {in}, [=](const Stage& stage) -> Work {
    ResponseNormalisation work = fixed;
    work.in = parts > 1 ? kernels::part_of(stage.tensors[in], 0, parts) : stage.tensors[in];
    work.parts = parts;
    return work;
  });
  return out;
}

}  // namespace

int normalise(Builder& builder, const Lrn& op, const Job& job) {
  return run(builder, job, make_work(op));
}

std::vector<bool> merged_with_next(const Program& program) {
  const int steps = int(program.steps.size());
  std::vector<bool> merged(steps, false);
  for (int i = 0; i + 1 < steps; ++i) {
    const Step &first = program.steps[i], &second = program.steps[i + 1];
    const bool pair = (op_of<Lrn>(first) && is_max(op_of<Pool>(second))) ||
                      (is_max(op_of<Pool>(first)) && op_of<Lrn>(second));
    const bool taken = i > 0 && merged[i - 1];
    merged[i] = pair && !taken && feeds_only_the_next(program, i);
  }
  return merged;
}

int normalise_and_pool(Builder& builder, const Program& program, int index, Job job) {
  const Step &first = program.steps[index], &second = program.steps[index + 1];
  const Lrn* lrn = op_of<Lrn>(first);
  const Pool* pool = op_of<Pool>(lrn ? second : first);
  ResponseNormalisation work = make_work(lrn ? *lrn : *op_of<Lrn>(second));
  work.order = lrn ? ResponseNormalisation::Order::lrn_then_pool
                   : ResponseNormalisation::Order::pool_then_lrn;
  work.pool = {pool->kernel, pool->stride, pool->dilation, pool->pad};
  const int result = run(builder, job, work);
  return job.activation ? activate(builder, *job.activation, result) : result;
}

}  // namespace rfmap::cuda
