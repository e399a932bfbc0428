#include <cmath>

#include "cpu/operations.h"
#include "onednn/lines.h"

namespace rfmap::cpu {
namespace {

/// All channels of one row, plain order, `area` between channels.
void normalise_row(const Lrn& op, const float* in, float* out, const Shape& shape) {
  const std::size_t area = shape.area();
  for (int c = 0; c < shape.c; ++c) {
    const auto [first, end] = neighbours(op, c, shape.c);
    for (int x = 0; x < shape.w; ++x) {
      float squares = 0;
      for (int i = first; i < end; ++i) squares += in[i * area + x] * in[i * area + x];
      const float base = op.k + op.alpha / float(op.size) * squares;
      out[c * area + x] = in[c * area + x] * std::pow(base, -op.beta);
    }
  }
}

/// oneDNN takes (size - 1) / 2 channels on both sides, one too few for an even size.
int normalise_loop(Builder& builder, const Lrn& op, const Job& job) {
  const int in = builder.plain(job.inputs.front());
  const int out = builder.add(builder.desc(in));
  const Shape shape = job.out;
  builder.loop({in, out}, [op, shape, batch = job.batch, from = builder.memory(in),
                           to = builder.memory(out)](Run&) {
#pragma omp parallel for schedule(static) collapse(2)
    for (int n = 0; n < batch; ++n) {
      for (int y = 0; y < shape.h; ++y) {
        const std::size_t offset = n * shape.volume() + std::size_t(y) * shape.w;
        normalise_row(op, floats(from) + offset, floats(to) + offset, shape);
      }
    }
  });
  return out;
}

}  // namespace

int compile_operation(Builder& builder, const Lrn& op, Job& job) {
  if (op.size % 2 == 0) return normalise_loop(builder, op, job);
  const int in = job.inputs.front();
  const auto normalised = lrn(builder.engine(), builder.desc(in), op, attributes());
  const int out = builder.add(normalised.dst_desc());
  builder.call<dnnl::lrn_forward>(normalised, {{DNNL_ARG_SRC, in}, {DNNL_ARG_DST, out}});
  return out;
}

}  // namespace rfmap::cpu
