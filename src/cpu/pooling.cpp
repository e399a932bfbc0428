#include <algorithm>

#include "core/pool_window.h"
#include "cpu/operations.h"

namespace rfmap::cpu {
using namespace plan;
namespace {

/// One axis of a pooling.
struct Axis {
  int in, out, kernel, stride, dilation, begin, end;

  int reach() const { return (out - 1) * stride + (kernel - 1) * dilation + 1 - begin; }
  /// oneDNN's end padding for the node's size.
  dnnl::memory::dim end_padding() const { return std::max(0, reach() - in); }
  /// A last window that reaches beyond the declared padding (ceil mode).
  bool overhangs() const { return reach() > in + end; }
};

Axis rows_of(const Pool& op, const Shape& in, const Shape& out) {
  return {in.h, out.h, op.kernel.h, op.stride.h, op.dilation.h, op.pad.top, op.pad.bottom};
}

Axis columns_of(const Pool& op, const Shape& in, const Shape& out) {
  return {in.w, out.w, op.kernel.w, op.stride.w, op.dilation.w, op.pad.left, op.pad.right};
}

/// Average of one plane where oneDNN's divisor is not ours: it counts end padding that exists only
/// because the size was rounded up.
void average_plane(const Pool& op, Size map, Size size, const float* in, float* out) {
  for (int y = 0; y < size.h; ++y)
    for (int x = 0; x < size.w; ++x) {
      float sum = 0;
      core::for_each_cell_on(map, op, {y, x},
                             [&](int iy, int ix) { sum += in[std::size_t(iy) * map.w + ix]; });
      *out++ = sum / float(core::average_divisor(op, core::counted_padding(op), map, {y, x}));
    }
}

int average_loop(Builder& builder, const Pool& op, const Job& job) {
  const int in = builder.plain(job.inputs.front());
  const int out = builder.add(plain_desc(job.batch, job.out));
  builder.loop({in, out},
               [op, map = job.shapes.front(), shape = job.out, planes = job.batch * job.out.c,
                from = builder.memory(in), to = builder.memory(out)](Run&) {
#pragma omp parallel for schedule(static)
                 for (int p = 0; p < planes; ++p)
                   average_plane(op, {map.h, map.w}, {shape.h, shape.w},
                                 floats(from) + p * map.area(), floats(to) + p * shape.area());
               });
  return out;
}

/// oneDNN pools plain maps value by value: with channels enough, reordering first is cheaper.
int vectorised(Builder& builder, const Job& job) {
  constexpr int kWorthwhile = 8;
  const int in = job.inputs.front();
  const Shape& shape = job.shapes.front();
  if (shape.c < kWorthwhile || builder.desc(in) != plain_desc(job.batch, shape)) return in;
  return builder.convert(in, blocked_desc(job.batch, shape));
}

dnnl::algorithm algorithm_of(const Pool& op) {
  if (op.kind == Pool::Kind::max) return dnnl::algorithm::pooling_max;
  return op.count_include_pad ? dnnl::algorithm::pooling_avg_include_padding
                              : dnnl::algorithm::pooling_avg_exclude_padding;
}

}  // namespace

int compile_operation(Builder& builder, const Pool& op, Job& job) {
  const Axis rows = rows_of(op, job.shapes.front(), job.out);
  const Axis columns = columns_of(op, job.shapes.front(), job.out);
  const bool average = op.kind == Pool::Kind::average;
  if (average && op.count_include_pad && (rows.overhangs() || columns.overhangs()))
    return average_loop(builder, op, job);
  const Sliding sliding{{op.kernel.h, op.kernel.w},
                        {op.stride.h, op.stride.w},
                        {op.dilation.h - 1, op.dilation.w - 1},
                        {op.pad.top, op.pad.left},
                        {rows.end_padding(), columns.end_padding()}};
  const Desc dst = describe({job.batch, job.out.c, job.out.h, job.out.w}, Tag::any);
  const int in = vectorised(builder, job);
  const auto pooled =
      pooling(builder.engine(), algorithm_of(op), builder.desc(in), dst, sliding, attributes());
  const int out = builder.add(pooled.dst_desc());
  builder.call<PoolingPrimitive>(pooled, {{DNNL_ARG_SRC, in}, {DNNL_ARG_DST, out}});
  return out;
}

}  // namespace rfmap::cpu
