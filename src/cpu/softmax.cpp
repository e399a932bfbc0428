#include "cpu/operations.h"

namespace rfmap::cpu {

int softmax(Builder& builder, const Softmax& op, const Job& job) {
  int in = builder.plain(job.inputs.front());
  if (op.all)
    in = builder.view(in, describe({job.batch, dnnl::memory::dim(job.out.volume())}, Tag::nc));
  const auto soft =
      softmax(builder.engine(), builder.desc(in), op.all ? 1 : op.axis + 1, attributes());
  const int out = builder.add(soft.dst_desc());
  builder.call<dnnl::softmax_forward>(soft, {{DNNL_ARG_SRC, in}, {DNNL_ARG_DST, out}});
  return op.all ? builder.view(out, plain_desc(job.batch, job.out)) : out;
}

}  // namespace rfmap::cpu
