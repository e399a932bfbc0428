#include <algorithm>
#include <cstring>

#include "cpu/operations.h"

namespace rfmap::cpu {
namespace {

/// Copies into a plain buffer from `source`, a descriptor of (a part of) the bytes of `in`.
int copy_plain(Builder& builder, int in, const Desc& source, const Job& job) {
  const int part = builder.view(in, source);
  const int out = builder.add(plain_desc(job.batch, job.out));
  const dnnl::reorder::primitive_desc reorder(builder.engine(), source, builder.engine(),
                                              builder.desc(out), attributes());
  builder.call<dnnl::reorder>(reorder, {{DNNL_ARG_SRC, part}, {DNNL_ARG_DST, out}});
  return out;
}

/// One plane inside a border.
void pad_plane(const Pad& op, const float* in, float* out, const Shape& from, const Shape& to) {
  std::fill(out, out + to.area(), op.value);
  const int top = op.margins.top, left = op.margins.left;
  // Negative margins crop.
  const int first = std::max(0, -left);
  const int count = std::min(from.w, to.w - left) - first;
  for (int y = std::max(0, -top); y < std::min(from.h, to.h - top) && count > 0; ++y)
    std::memcpy(out + std::size_t(y + top) * to.w + first + left,
                in + std::size_t(y) * from.w + first, count * sizeof(float));
}

}  // namespace

int compile_operation(Builder& builder, const Concat& op, Job& job) {
  std::vector<Desc> sources;
  Builder::Args args;
  for (int input : job.inputs) {
    args.push_back({DNNL_ARG_MULTIPLE_SRC + int(sources.size()), input});
    sources.push_back(builder.desc(input));
  }
  const auto joined = concat(builder.engine(), op.axis + 1, sources, attributes());
  const int out = builder.add(joined.dst_desc());
  args.push_back({DNNL_ARG_DST, out});
  builder.call<dnnl::concat>(joined, args);
  return out;
}

int compile_operation(Builder& builder, const Slice& op, Job& job) {
  const int in = builder.plain(job.inputs.front());
  Dims offsets{0, 0, 0, 0};
  offsets[op.axis + 1] = op.begin;
  const Dims size{job.batch, job.out.c, job.out.h, job.out.w};
  return copy_plain(builder, in, builder.desc(in).submemory_desc(size, offsets), job);
}

int compile_operation(Builder& builder, const Pad& op, Job& job) {
  const int in = builder.plain(job.inputs.front());
  const int out = builder.add(plain_desc(job.batch, job.out));
  builder.loop(
      {in, out}, [op, from = job.shapes.front(), to = job.out, planes = job.batch * job.out.c,
                  source = builder.memory(in), target = builder.memory(out)](Run&) {
#pragma omp parallel for schedule(static)
        for (int p = 0; p < planes; ++p)
          pad_plane(op, floats(source) + p * from.area(), floats(target) + p * to.area(), from, to);
      });
  return out;
}

int compile_operation(Builder& builder, const Reshape&, Job& job) {
  return builder.view(builder.plain(job.inputs.front()), plain_desc(job.batch, job.out));
}

}  // namespace rfmap::cpu
