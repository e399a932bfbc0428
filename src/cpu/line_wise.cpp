#include "core/reductions.h"
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
    each_line(lines, volume,
              [&](std::size_t i, std::size_t) { work(floats(from) + i, floats(to) + i); });
  });
  return out;
}

}  // namespace

int compile_operation(Builder& builder, const Softmax& op, Job& job) {
  const Lines lines = lines_over(op.axes, job.out);
  return map_lines(builder, lines, job, [lines, kind = op.kind](const float* in, float* out) {
    softmax_line(lines, kind, in, out);
  });
}

int compile_operation(Builder& builder, const Normalisation& op, Job& job) {
  const Lines lines = lines_over(op.axes, job.out);
  return map_lines(builder, lines, job, [lines, op](const float* in, float* out) {
    normalise_line(lines, op, in, out);
  });
}

int compile_operation(Builder& builder, const Reduce& op, Job& job) {
  const Shape& shape = job.shapes.front();
  if (const auto pool = core::whole_map(op, shape)) return compile_operation(builder, *pool, job);
  const int in = builder.plain(job.inputs.front());
  const int out = builder.add(plain_desc(job.batch, job.out));
  builder.loop({in, out}, [kind = op.kind, lines = lines_over(op.axes, shape),
                           volume = job.batch * shape.volume(), from = builder.memory(in),
                           to = builder.memory(out)](Run&) {
    each_line(lines, volume, [&](std::size_t i, std::size_t line) {
      floats(to)[line] = reduce_line(lines, kind, floats(from) + i);
    });
  });
  return out;
}

}  // namespace rfmap::cpu
