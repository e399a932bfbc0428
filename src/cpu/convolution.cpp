#include <exception>
#include <unordered_map>

#include <omp.h>

#include "cpu/operations.h"
#include "onednn/sliding.h"
#include "onednn/threads.h"

namespace rfmap::cpu {
namespace {

using ConvolutionDesc = dnnl::convolution_forward::primitive_desc;

constexpr std::size_t kLine = 64 / sizeof(float);

/// Floats that hold `bytes`, in whole cache lines.
std::size_t padded_floats(std::size_t bytes) { return (bytes / sizeof(float) / kLine + 1) * kLine; }

/// Runs a convolution for which oneDNN has no implementation with a fixed order of sums
/// (keeps_order) sample by sample, each on one thread: `one` was created for a batch of 1 with one
/// thread, with plain source and destination; `source` and `out` hold `batch` samples.
void convolve_by_sample(Builder& builder, const ConvolutionDesc& one, int source, int out,
                        const Builder::Fixed& constants, int batch) {
  const std::size_t in_size = one.src_desc().get_size() / sizeof(float);
  const std::size_t out_size = one.dst_desc().get_size() / sizeof(float);
  const std::size_t scratch_size = padded_floats(one.scratchpad_desc().get_size());
  const int scratch =
      builder.add(describe({omp_get_max_threads(), dnnl::memory::dim(scratch_size)}, Tag::nc));
  const dnnl::convolution_forward primitive(one);
  builder.loop(
      {source, out, scratch}, [=, engine = builder.engine(), from = builder.memory(source),
                               to = builder.memory(out), room = builder.memory(scratch)](Run&) {
        std::exception_ptr failure;
#pragma omp parallel for schedule(static)
        for (int n = 0; n < batch; ++n) {
          try {
            std::unordered_map<int, dnnl::memory> args(constants.begin(), constants.end());
            args[DNNL_ARG_SRC] = dnnl::memory(one.src_desc(), engine, floats(from) + n * in_size);
            args[DNNL_ARG_DST] = dnnl::memory(one.dst_desc(), engine, floats(to) + n * out_size);
            args[DNNL_ARG_SCRATCHPAD] = dnnl::memory(
                one.scratchpad_desc(), engine, floats(room) + omp_get_thread_num() * scratch_size);
            dnnl::stream stream(engine);
            primitive.execute(stream, args);
            stream.wait();
          } catch (...) {
#pragma omp critical
            failure = std::current_exception();
          }
        }
        if (failure) std::rethrow_exception(failure);
      });
}

/// What a convolution adds to: the residual's own bytes where nobody reads them later, else a copy.
int accumulator(Builder& builder, int residual, int source, const Desc& wanted) {
  const int from = builder.convert(residual, wanted);
  if (builder.dies(from) && !builder.share(from, source)) return builder.in_place(from);
  const int to = builder.add(wanted);
  builder.call<dnnl::reorder>({builder.engine(), wanted, builder.engine(), wanted, attributes()},
                              {{DNNL_ARG_SRC, from}, {DNNL_ARG_DST, to}});
  return to;
}

/// A matrix [rows, columns] as an image of one row, `rows` wide, channels last: a fully connected
/// layer is then a 1 x 1 convolution, whose sums, unlike those of a matrix product, do not depend
/// on the number of threads.
Desc as_row(int rows, int columns) { return describe({1, columns, 1, rows}, Tag::nhwc); }

/// A layer's numbers; `given` is how the weights lie.
struct Weights {
  Floats weights;
  Desc given;
  Floats bias;
};

/// `samples` 0: one primitive for the whole batch, else one for each of so many samples.
void emit(Builder& builder, const ConvolutionDesc& conv, const Weights& numbers, int source,
          int out, int samples) {
  Constants& constants = builder.constants();
  Builder::Fixed fixed{
      {DNNL_ARG_WEIGHTS, constants.get(numbers.weights, numbers.given, conv.weights_desc())}};
  const Desc bias = bias_desc_of(numbers.bias);
  if (numbers.bias) fixed.push_back({DNNL_ARG_BIAS, constants.get(numbers.bias, bias, bias)});
  if (samples > 0)
    convolve_by_sample(builder, conv, source, out, fixed, samples);
  else
    builder.call<dnnl::convolution_forward>(conv, {{DNNL_ARG_SRC, source}, {DNNL_ARG_DST, out}},
                                            fixed);
}

ConvolutionDesc describe_convolution(Builder& builder, const Conv& op, const Job& job, int batch,
                                     Tag layout, const dnnl::primitive_attr& attr) {
  const Shape& in = job.shapes.front();
  return convolution(builder.engine(), convolution_descs(op, batch, in, job.out, layout),
                     sliding_of(op, in, job.out), attr);
}

ConvolutionDesc describe_rows(Builder& builder, const FullyConnected& op, int rows, int inputs,
                              const dnnl::primitive_attr& attr) {
  return convolution(builder.engine(),
                     {as_row(rows, inputs), describe({op.out, inputs, 1, 1}, Tag::any),
                      bias_desc_of(op.bias), as_row(rows, op.out)},
                     {{1, 1}, {1, 1}, {0, 0}, {0, 0}, {0, 0}}, attr);
}

/// oneDNN has no direct convolution for large strided kernels with padding, but one without: the
/// border is then made beforehand. True when that was done; `op` and `job` are changed to match.
bool pad_beforehand(Builder& builder, Conv& op, Job& job, const dnnl::primitive_attr& attr) {
  const Sliding sliding = sliding_of(op, job.shapes.front(), job.out);
  const Margins border{op.pad.top, op.pad.left, int(sliding.end[0]), int(sliding.end[1])};
  Conv bare = op;
  bare.pad = {};
  Job padded = job;
  Shape& in = padded.shapes.front();
  in.h += border.top + border.bottom;
  in.w += border.left + border.right;
  if (border == Margins{}) return false;
  const ConvolutionDesc direct =
      describe_convolution(builder, bare, padded, job.batch, Tag::any, attr);
  if (!keeps_order(direct)) return false;
  Job padding = job;
  padding.out = in;
  padded.inputs.front() = compile_operation(builder, Pad{border, 0}, padding);
  op = bare;
  job = padded;
  return true;
}

}  // namespace

int compile_operation(Builder& builder, const Conv& given_op, Job& job) {
  Conv op = given_op;
  const bool fused = job.activation && is_eltwise(*job.activation);
  const dnnl::primitive_attr attr =
      attributes(fused ? job.activation : std::nullopt, job.residual >= 0);
  ConvolutionDesc conv = describe_convolution(builder, op, job, job.batch, Tag::any, attr);
  bool by_sample = !keeps_order(conv);
  if (by_sample && pad_beforehand(builder, op, job, attr)) {
    conv = describe_convolution(builder, op, job, job.batch, Tag::any, attr);
    by_sample = !keeps_order(conv);
  } else if (by_sample) {
    const ThreadScope single(1);
    conv = describe_convolution(builder, op, job, 1, Tag::nchw, attr);
  }
  const Desc src = by_sample ? plain_desc(job.batch, job.shapes.front()) : conv.src_desc();
  const Desc dst = by_sample ? plain_desc(job.batch, job.out) : conv.dst_desc();
  const int source = builder.convert(job.inputs.front(), src);
  const int out =
      job.residual >= 0 ? accumulator(builder, job.residual, source, dst) : builder.add(dst);
  const Desc given = weights_desc(op, job.shapes.front().c, Tag::oihw, Tag::goihw);
  const Weights weights{op.weights, given, op.bias};
  emit(builder, conv, weights, source, out, by_sample ? job.batch : 0);
  job.residual = -1;
  if (fused) job.activation.reset();
  return out;
}

int compile_operation(Builder& builder, const FullyConnected& op, Job& job) {
  const bool fused = job.residual < 0 && job.activation && is_eltwise(*job.activation);
  const dnnl::primitive_attr attr = attributes(fused ? job.activation : std::nullopt);
  const int inputs = int(job.shapes.front().volume());
  ConvolutionDesc conv = describe_rows(builder, op, job.batch, inputs, attr);
  const bool by_sample = !keeps_order(conv);
  if (by_sample) {
    const ThreadScope single(1);
    conv = describe_rows(builder, op, 1, inputs, attr);
  }
  const int source = builder.view(builder.plain(job.inputs.front()), as_row(job.batch, inputs));
  const int out = builder.add(as_row(job.batch, op.out));
  const Desc given = describe({op.out, inputs, 1, 1}, Tag::oihw);
  const Weights weights{op.weights, given, op.bias};
  emit(builder, conv, weights, source, out, by_sample ? job.batch : 0);
  if (fused) job.activation.reset();
  return builder.view(out, plain_desc(job.batch, job.out));
}

}  // namespace rfmap::cpu
