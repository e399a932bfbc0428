#include "cpu/operations.h"
#include "onednn/lines.h"

namespace rfmap::cpu {
namespace {

/// `work` (in, out) on every line of every sample.
template <class Work>
int map_lines(Builder& builder, const Lines& lines, const Job& job, Work work) {
  const int in = builder.plain(job.inputs.front());
  const int out = builder.add(builder.desc(in));
  builder.loop({in, out}, [lines, work, volume = job.batch * job.out.volume(),
                           from = builder.memory(in), to = builder.memory(out)](Run&) {
    each_line(lines, volume, [&](std::size_t i) { work(floats(from) + i, floats(to) + i); });
  });
  return out;
}

}  // namespace

template <>
int compile_operation(Builder& builder, const Softmax& op, Job& job) {
  const Lines lines = lines_of(op, job.out);
  return map_lines(builder, lines, job,
                   [lines](const float* in, float* out) { softmax_line(lines, in, out); });
}

template <>
int compile_operation(Builder& builder, const LayerNorm& op, Job& job) {
  const Lines lines = lines_of(op, job.out);
  return map_lines(builder, lines, job, [lines, e = op.epsilon](const float* in, float* out) {
    normalise_line(lines, e, in, out);
  });
}

}  // namespace rfmap::cpu
