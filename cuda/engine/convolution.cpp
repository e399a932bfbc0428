#include "engine/blocks.h"
#include "engine/operations.h"

namespace rfmap::cuda {
using namespace plan;
namespace {

bool is_relu(const std::optional<Activation>& activation) {
  return activation && activation->kind == Activation::Kind::relu;
}

/// Fusions with cuDNN plans: bias, bias and ReLU, residual with bias and ReLU.
void fuse(const Builder& builder, const Job& job, ConvolutionProblem& problem) {
  if (!is_relu(job.activation)) return;
  if (job.residual < 0) {
    problem.relu = true;
    return;
  }
  const Tensor& residual = builder.tensor(job.residual);
  problem.relu = problem.residual = residual.pitch == residual.c;
}

int run_plan(Builder& builder, const std::shared_ptr<LibraryConvolution>& plan, const Conv& conv,
             const ConvolutionProblem& problem, const Job& job) {
  const int in = job.inputs.front();
  const int out = builder.add(job.batch, job.out);
  const int channels = problem.in.c / problem.groups;
  ConvolutionArguments fixed;
  fixed.weights = builder.constants.filters(conv.weights, conv.out_channels, conv.kernel, channels,
                                            builder.storage());
  fixed.bias = builder.constants.bias(conv.bias, conv.out_channels, builder.storage());
  const int residual = problem.residual ? job.residual : -1;
  const std::size_t bytes = plan->workspace_bytes();
  const int workspace = bytes > 0 ? builder.add_bytes(bytes) : -1;
  std::vector<int> touched{in, out};
  if (residual >= 0) touched.push_back(residual);
  if (workspace >= 0) touched.push_back(workspace);
  builder.launch(touched, [=](const Stage& stage) {
    ConvolutionArguments arguments = fixed;
    arguments.in = stage.tensors[in].data;
    arguments.out = stage.tensors[out].data;
    if (residual >= 0) arguments.residual = stage.tensors[residual].data;
    if (workspace >= 0) arguments.workspace = stage.tensors[workspace].data;
    plan->run(arguments);
  });
  return out;
}

/// The project's own kernel, if the library has no plan.
int run_kernel(Builder& builder, const Conv& conv, Job& job) {
  kernels::Convolution work;
  const int channels = builder.tensor(job.inputs.front()).c / conv.groups;
  work.weights = static_cast<const float*>(builder.constants.filters(
      conv.weights, conv.out_channels, conv.kernel, channels, kernels::DType::f32));
  work.bias = builder.constants.plain(conv.bias);
  work.window = {conv.kernel, conv.stride, conv.dilation, conv.pad};
  work.groups = conv.groups;
  work.act = take_activation(builder, job);
  return map(builder, job, work);
}

/// cuDNN's plans for fp32 and TF32 use its slow engine.
bool is_depthwise(const Conv& conv, int channels) {
  return conv.groups > 1 && conv.groups == channels && conv.out_channels == channels;
}

int convolve_cells(Builder& builder, const Conv& conv, Job& job) {
  if (conv.groups > 1) job.inputs.front() = dense(builder, job.inputs.front());
  const Tensor in = builder.tensor(job.inputs.front());
  ConvolutionProblem problem =
      make_problem(builder.precision, job.batch, conv, {in.c, in.h, in.w}, in.pitch, job.out);
  if (is_depthwise(conv, in.c)) {
    builder.tally.add_own_kernel(key_of(problem));
    return run_kernel(builder, conv, job);
  }
  fuse(builder, job, problem);
  const std::shared_ptr<LibraryConvolution> plan = find_plan(builder, problem);
  if (!plan) return run_kernel(builder, conv, job);
  const int out = run_plan(builder, plan, conv, problem, job);
  if (problem.residual) job.residual = -1;
  if (problem.relu) job.activation.reset();
  return out;
}

}  // namespace

std::shared_ptr<LibraryConvolution> find_plan(Builder& builder, ConvolutionProblem& problem) {
  FoundPlan found = builder.device.convolution(problem);
  if (!found.plan && problem.relu) {
    problem.relu = problem.residual = false;
    found = builder.device.convolution(problem);
  }
  if (found.plan)
    builder.tally.add_plan(key_of(problem));
  else
    builder.tally.add_missing_plan(key_of(problem), builder.layer(), found.why_none);
  return found.plan;
}

int convolve(Builder& builder, const Conv& conv, Job& job) {
  int& input = job.inputs.front();
  std::optional<BlockLayout> layout = builder.blocks(input);
  if (!layout) {
    const Tensor& in = builder.tensor(input);
    layout = block_layout(builder.precision, conv, {in.c, in.h, in.w}, job.out);
    if (layout) input = blocks_of_images(builder, input, *layout);
  }
  return layout ? convolve_cells(builder, over_blocks(builder, conv, *layout), job)
                : convolve_cells(builder, conv, job);
}

/// A fully connected layer as a convolution of one cell.
int fully_connected(Builder& builder, const FullyConnected& op, Job& job) {
  Conv conv;
  conv.out_channels = op.out;
  conv.weights = op.weights;
  conv.bias = op.bias;
  return convolve(builder, conv, job);
}

}  // namespace rfmap::cuda
