#include "engine/convolution_problem.h"

#include <initializer_list>

namespace rfmap::cuda {
namespace {

std::string joined(std::initializer_list<int> numbers, const std::string& between) {
  std::string text;
  for (int number : numbers) text += (text.empty() ? "" : between) + std::to_string(number);
  return text;
}

}  // namespace

std::string key_of(const ConvolutionProblem& p) {
  return name_of(p.precision) + ":n" + std::to_string(p.batch) + ":i" +
         joined({p.in.c, p.in.h, p.in.w}, "x") + ":o" + joined({p.out.c, p.out.h, p.out.w}, "x") +
         ":k" + joined({p.kernel.h, p.kernel.w}, "x") + ":s" +
         joined({p.stride.h, p.stride.w}, "x") + ":d" + joined({p.dilation.h, p.dilation.w}, "x") +
         ":p" + joined({p.pad.top, p.pad.left, p.pad.bottom, p.pad.right}, "x") + ":g" +
         std::to_string(p.groups) + (p.residual ? ":residual" : "") + (p.relu ? ":relu" : "");
}

std::string describe(const ConvolutionProblem& p) {
  return name_of(p.precision) + ", " + joined({p.batch, p.in.c, p.in.h, p.in.w}, " x ") + " -> " +
         joined({p.batch, p.out.c, p.out.h, p.out.w}, " x ") + ", kernel " +
         joined({p.kernel.h, p.kernel.w}, " x ") + ", stride " +
         joined({p.stride.h, p.stride.w}, " x ") + ", dilation " +
         joined({p.dilation.h, p.dilation.w}, " x ") + ", padding " +
         joined({p.pad.top, p.pad.left, p.pad.bottom, p.pad.right}, " ") + ", groups " +
         std::to_string(p.groups) + (p.residual ? ", residual" : "") + (p.relu ? ", ReLU" : "");
}

ConvolutionProblem make_problem(Precision precision, int batch, const Conv& conv, Shape in,
                                int channels, const Shape& out) {
  in.c = channels;
  ConvolutionProblem problem;
  problem.precision = precision;
  problem.batch = batch;
  problem.in = in;
  problem.out = out;
  problem.kernel = conv.kernel;
  problem.stride = conv.stride;
  problem.dilation = conv.dilation;
  problem.pad = conv.pad;
  problem.groups = conv.groups;
  return problem;
}

}  // namespace rfmap::cuda
