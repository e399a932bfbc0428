#include "engine/parts.h"

#include <algorithm>

namespace rfmap::cuda {
using namespace plan;
namespace {

constexpr int kMostParts = 4;
/// Channels of a part: 16 bytes in every storage type, so that a part's filters are aligned.
constexpr int kPartUnit = 8;
constexpr int kFewestChannels = 16;  ///< of a part; below, the library has plans without copies

bool is_relu_or_none(const std::optional<Activation>& activation) {
  return !activation || activation->kind == Activation::Kind::relu;
}

bool is_part(int channels, int parts) {
  return channels % (parts * kPartUnit) == 0 && channels / parts >= kFewestChannels;
}

/// Whether kernels for parts do this normalisation, and this pooling after it.
bool takes_parts(const Lrn& lrn) { return lrn.size == 5 && lrn.beta == 0.75f; }
bool takes_parts(const Pool& pool) {
  return pool.kind == Pool::Kind::max && pool.kernel.h == pool.kernel.w &&
         (pool.kernel.h == 2 || pool.kernel.h == 3) && pool.dilation == Size{1, 1} &&
         pool.pad == Margins{};
}

/// The steps that read a value.
std::vector<int> readers_of(const Program& program, int value) {
  std::vector<int> readers;
  for (int i = 0; i < int(program.steps.size()); ++i)
    for (int input : program.steps[i].inputs)
      if (input == value) readers.push_back(i);
  return readers;
}

bool is_read_in_parts(const Program& program, int value, const std::vector<bool>& merged) {
  if (program.values[value].resident >= 0) return false;
  const std::vector<int> readers = readers_of(program, value);
  if (readers.size() != 1) return false;
  const int reader = readers.front();
  const Lrn* lrn = op_of<Lrn>(program.steps[reader]);
  if (!lrn || !takes_parts(*lrn) || program.steps[reader].inputs.size() != 1) return false;
  if (!merged[reader]) return true;
  const Pool* pool = op_of<Pool>(program.steps[reader + 1]);
  return pool && takes_parts(*pool);
}

Tensor part_of_channels(const Tensor& whole, int k, int parts) {
  Tensor part = whole;
  part.c /= parts;
  part.data =
      static_cast<std::byte*>(whole.data) + std::size_t(k) * part.c * kernels::bytes_of(whole.type);
  return part;
}

/// A copy in parts, if it is not in parts yet.
int in_parts(Builder& builder, int buffer, int parts) {
  if (builder.parts(buffer) == parts) return buffer;
  const Tensor& t = builder.tensor(buffer);
  const int out = builder.add(t.n, {t.c, t.h, t.w});
  builder.set_parts(out, parts);
  for (int k = 0; k < parts; ++k)
    builder.launch({buffer, out}, [=](const Stage& stage) {
      stage.device.launch(kernels::part_of(stage.tensors[out], k, parts),
                          kernels::Conversion{part_of_channels(stage.tensors[buffer], k, parts)});
    });
  return out;
}

/// The project's own kernel for each part, if the library has no plan.
void run_kernels(Builder& builder, const Conv& conv, int in, int out, int parts,
                 const kernels::Act& act) {
  const int channels = builder.tensor(in).c / parts, count = conv.out_channels / parts;
  kernels::Convolution fixed;
  fixed.weights = static_cast<const float*>(builder.constants.filters(
      conv.weights, conv.out_channels, conv.kernel, channels, kernels::DType::f32));
  fixed.bias = builder.constants.plain(conv.bias);
  fixed.window = {conv.kernel, conv.stride, conv.dilation, conv.pad};
  fixed.act = act;
  const std::int64_t filters = std::int64_t(count) * conv.kernel.h * conv.kernel.w * channels;
  for (int k = 0; k < parts; ++k)
    builder.launch({in, out}, [=](const Stage& stage) {
      kernels::Convolution work = fixed;
      work.in = kernels::part_of(stage.tensors[in], k, parts);
      work.weights += k * filters;
      if (work.bias) work.bias += k * count;
      stage.device.launch(kernels::part_of(stage.tensors[out], k, parts), work);
    });
}

/// A plan's runs, one for each part.
void run_plans(Builder& builder, const std::shared_ptr<LibraryConvolution>& plan, const Conv& conv,
               int in, int out, int parts) {
  const int channels = builder.tensor(in).c / parts;
  const std::size_t bytes = kernels::bytes_of(builder.storage());
  const auto* weights = static_cast<const std::byte*>(builder.constants.filters(
      conv.weights, conv.out_channels, conv.kernel, channels, builder.storage()));
  const auto* bias = static_cast<const std::byte*>(
      builder.constants.bias(conv.bias, conv.out_channels, builder.storage()));
  const std::size_t count = std::size_t(conv.out_channels / parts) * bytes;
  const std::size_t filters = count * conv.kernel.h * conv.kernel.w * channels;
  const int workspace =
      plan->workspace_bytes() > 0 ? builder.add_bytes(plan->workspace_bytes()) : -1;
  std::vector<int> touched{in, out};
  if (workspace >= 0) touched.push_back(workspace);
  builder.launch(touched, [=](const Stage& stage) {
    for (int k = 0; k < parts; ++k) {
      ConvolutionArguments arguments;
      arguments.in = kernels::part_of(stage.tensors[in], k, parts).data;
      arguments.weights = weights + k * filters;
      arguments.bias = bias + k * count;
      arguments.out = kernels::part_of(stage.tensors[out], k, parts).data;
      if (workspace >= 0) arguments.workspace = stage.tensors[workspace].data;
      plan->run(arguments);
    }
  });
}

}  // namespace

std::vector<int> parts_of_steps(Precision precision, const Program& program,
                                const std::vector<bool>& merged) {
  std::vector<int> parts(program.steps.size(), 1);
  if (precision == Precision::fp32) return parts;  // its plans do not copy more for groups
  for (std::size_t i = 0; i < program.steps.size(); ++i) {
    const Step& step = program.steps[i];
    const Conv* conv = op_of<Conv>(step);
    if (!conv || conv->groups < 2 || conv->groups > kMostParts) continue;
    const auto& compute = std::get<Compute>(step.kind);
    if (compute.residual || !is_relu_or_none(compute.activation)) continue;
    if (is_part(program.values[step.inputs.front()].shape.c, conv->groups) &&
        is_part(conv->out_channels, conv->groups) && is_read_in_parts(program, step.output, merged))
      parts[i] = conv->groups;
  }
  return parts;
}

std::vector<int> parts_of_crops(const Program& program, const std::vector<int>& of_steps) {
  std::vector<int> parts(program.values.size(), 1);
  for (const Step& step : program.steps) {
    const auto* crop = std::get_if<CropWindow>(&step.kind);
    if (!crop || crop->selected || crop->occluder || program.values[step.output].resident >= 0)
      continue;
    const std::vector<int> readers = readers_of(program, step.output);
    if (readers.size() == 1) parts[step.output] = of_steps[readers.front()];
  }
  return parts;
}

int crop_parts(Builder& builder, const CropWindow& op, int maps, int paste, const Value& out,
               int parts) {
  const int buffer = builder.add(out.batch, out.shape);
  builder.set_parts(buffer, parts);
  const int channels = out.shape.c / parts;
  for (int k = 0; k < parts; ++k) {
    CropWindow part = op;
    part.first_channel += k * channels;
    part.paste_channel += k * channels;
    const auto tensor = [=](const Stage& stage) {
      return kernels::part_of(stage.tensors[buffer], k, parts);
    };
    crop_into(builder, part, maps, paste, {buffer, tensor});
  }
  return buffer;
}

int convolve_parts(Builder& builder, const Conv& conv, Job& job, int parts) {
  const int in = in_parts(builder, job.inputs.front(), parts);
  const Tensor t = builder.tensor(in);
  Conv part = conv;
  part.groups = 1;
  part.out_channels /= parts;
  const Shape out_shape{part.out_channels, job.out.h, job.out.w};
  ConvolutionProblem problem = make_problem(builder.precision, job.batch, part,
                                            {t.c / parts, t.h, t.w}, t.c / parts, out_shape);
  problem.relu = job.activation.has_value();
  const std::shared_ptr<LibraryConvolution> plan = find_plan(builder, problem);
  int out = builder.add(job.batch, job.out);
  if (!plan) {
    run_kernels(builder, conv, in, out, parts, act_of(builder, job.activation));
  } else {
    run_plans(builder, plan, conv, in, out, parts);
    // A ReLU does not ask in which order the numbers lie.
    if (job.activation && !problem.relu) out = activate(builder, *job.activation, out);
  }
  job.activation.reset();
  builder.set_parts(out, parts);
  return out;
}

}  // namespace rfmap::cuda
