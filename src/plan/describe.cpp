#include "plan/describe.h"

#include "core/overloaded.h"

namespace rfmap::plan {
namespace {

std::string shape_text(const Value& value) {
  return std::to_string(value.batch) + " x " + std::to_string(value.shape.c) + " x " +
         std::to_string(value.shape.h) + " x " + std::to_string(value.shape.w);
}

std::string what_runs(const StepKind& kind) {
  const auto name = core::Overloaded{
      [](const LoadImages&) { return std::string("loading images"); },
      [](const Occlude&) { return std::string("occluding images"); },
      [](const Compute& compute) { return kind_name(in_graph(compute.op)); },
      [](const ReadResponse&) { return std::string("reading responses"); },
      [](const ReadExtrema&) { return std::string("reading extrema"); },
      [](const ReadMap&) { return std::string("reading a map"); },
      [](const CropWindow&) { return std::string("cropping windows"); },
      [](const GatherWindow&) { return std::string("gathering windows"); },
      [](const SelectedConv&) { return std::string("convolution, one channel a sample"); },
      [](const WindowAverage&) { return std::string("average pooling of windows"); },
      [](const ReadPoints&) { return std::string("reading windows"); },
  };
  return std::visit(name, kind);
}

}  // namespace

std::string describe_step(const Program& program, const Step& step) {
  std::string text = what_runs(step.kind);
  for (int input : step.inputs) text += ", " + shape_text(program.values[input]);
  if (step.output >= 0) text += " -> " + shape_text(program.values[step.output]);
  const int named = step.output >= 0 ? step.output : step.inputs.front();
  return program.values[named].layer + " (" + text + ")";
}

}  // namespace rfmap::plan
