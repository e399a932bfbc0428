#include "cpu/by_sample.h"

#include <exception>
#include <unordered_map>

#include <omp.h>

namespace rfmap::cpu {
namespace {

constexpr std::size_t kLine = 64 / sizeof(float);

/// Floats that hold `bytes`, in whole cache lines.
std::size_t padded_floats(std::size_t bytes) { return (bytes / sizeof(float) / kLine + 1) * kLine; }

}  // namespace

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

}  // namespace rfmap::cpu
