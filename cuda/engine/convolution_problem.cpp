#include "engine/convolution_problem.h"

#include <initializer_list>

#include <fmt/ranges.h>

namespace rfmap::cuda {
namespace {

std::string joined(std::initializer_list<int> numbers) {
  return fmt::format("{}", fmt::join(numbers, "x"));
}

}  // namespace

std::string key_of(const ConvolutionProblem& p) {
  return name_of(p.precision) + ":n" + std::to_string(p.batch) + ":i" +
         joined({p.in.c, p.in.h, p.in.w}) + ":o" + joined({p.out.c, p.out.h, p.out.w}) + ":k" +
         joined({p.kernel.h, p.kernel.w}) + ":s" + joined({p.stride.h, p.stride.w}) + ":d" +
         joined({p.dilation.h, p.dilation.w}) + ":p" +
         joined({p.pad.top, p.pad.left, p.pad.bottom, p.pad.right}) + ":g" +
         std::to_string(p.groups) + (p.residual ? ":residual" : "") + (p.relu ? ":relu" : "");
}

ConvolutionProblem make_problem(Precision precision, int batch, const Conv& conv, Shape in,
                                int channels, const Shape& out) {
  in.c = channels;
  return {precision,   batch,         in,       out,        conv.kernel,
          conv.stride, conv.dilation, conv.pad, conv.groups};
}

}  // namespace rfmap::cuda
