#include "engine/operations.h"

#include <algorithm>

#include "rfmap/error.h"

#include "core/overloaded.h"

namespace rfmap::cuda {
using namespace plan;
namespace {

using kernels::Act;
using kernels::axes_of;

bool is_by_channel(const Floats& numbers, const Shape& shape) {
  return !numbers || numbers->size() == std::size_t(shape.c);
}

Shape shape_of(const Tensor& t) { return {t.c, t.h, t.w}; }

int pool(Builder& builder, const Pool& op, Job& job) {
  kernels::Pooling pooling;
  pooling.kind = op.kind;
  pooling.window = {op.kernel, op.stride, op.dilation, op.pad};
  pooling.count_include_pad = op.count_include_pad;
  pooling.act = take_activation(builder, job);
  return map(builder, job, pooling);
}

/// act(in * scale + shift + residual), in place if `in` is not read later.
int finish(Builder& builder, int in, int residual, const kernels::Epilogue& epilogue) {
  const int out = builder.in_place(in);
  std::vector<int> inputs{in};
  if (residual >= 0) inputs.push_back(residual);
  builder.fill(out, inputs, [=](const Stage& stage) -> Work {
    kernels::Epilogue full = epilogue;
    full.in = stage.tensors[in];
    if (residual >= 0) full.residual = stage.tensors[residual];
    return full;
  });
  return out;
}

int scale_and_shift(Builder& builder, const Affine& op, Job& job) {
  kernels::Epilogue epilogue;
  epilogue.by_value = !is_by_channel(op.scale, job.out) || !is_by_channel(op.shift, job.out);
  const auto numbers = [&](const Floats& given) {
    return epilogue.by_value ? builder.constants.by_value(given, job.out)
                             : builder.constants.plain(given);
  };
  epilogue.scale = numbers(op.scale);
  epilogue.shift = numbers(op.shift);
  epilogue.act = act_of(builder, job.activation);
  const int residual = job.residual;
  job.residual = -1;
  job.activation.reset();
  return finish(builder, job.inputs.front(), residual, epilogue);
}

/// As many inputs at a time as the kernel takes, from the left; a group's result is the first input
/// of the next.
int combine(Builder& builder, const Elementwise& op, Job& job) {
  const Act act = take_activation(builder, job);
  const auto spare = std::find_if(job.inputs.begin(), job.inputs.end(), [&](int input) {
    return shape_of(builder.tensor(input)) == job.out && builder.dies(input);
  });
  // Later inputs must not share memory with the first group's result.
  const bool at_once = int(job.inputs.size()) <= kernels::kMostInputs;
  const int to = at_once && spare != job.inputs.end() ? builder.view(*spare, job.out)
                                                      : builder.add(job.batch, job.out);
  for (std::size_t next = 0; next < job.inputs.size();) {
    std::vector<int> part;
    if (next > 0) part.push_back(to);
    while (next < job.inputs.size() && int(part.size()) < kernels::kMostInputs)
      part.push_back(job.inputs[next++]);
    const Act last = next == job.inputs.size() ? act : Act{};
    builder.fill(to, part, [op, part, last](const Stage& stage) -> Work {
      kernels::Combination work;
      work.kind = op.kind;
      for (std::size_t i = 0; i < part.size(); ++i) work.inputs[i] = stage.tensors[part[i]];
      work.count = int(part.size());
      work.act = last;
      return work;
    });
  }
  return to;
}

Shape along(int axis, int offset) {
  return {axis == 0 ? offset : 0, axis == 1 ? offset : 0, axis == 2 ? offset : 0};
}

int concatenate(Builder& builder, const Concat& op, const Job& job) {
  const int out = builder.add(job.batch, job.out);
  int offset = 0;
  for (int in : job.inputs) {
    const Shape size = shape_of(builder.tensor(in));
    builder.fill(out, {in}, [=](const Stage& stage) -> Work {
      return kernels::Box{stage.tensors[in], {}, along(op.axis, offset), size};
    });
    offset += op.axis == 0 ? size.c : op.axis == 1 ? size.h : size.w;
  }
  return out;
}

int slice(Builder& builder, const Slice& op, const Job& job) {
  return map(builder, job, kernels::Box{{}, along(op.axis, op.begin), {}, job.out});
}

int reshape(Builder& builder, const Job& job) {
  const int in = job.inputs.front();
  if (shape_of(builder.tensor(in)) == job.out) return in;
  return map(builder, job, kernels::Reshaping{});
}

}  // namespace

int activate(Builder& builder, const Activation& op, int in) {
  kernels::Epilogue epilogue;
  epilogue.act = act_of(builder, op);
  return finish(builder, in, -1, epilogue);
}

Act act_of(Builder& builder, const std::optional<Activation>& activation) {
  Act act;
  if (!activation) return act;
  act.none = false;
  act.kind = activation->kind;
  if (activation->slope) {
    act.slope = builder.constants.plain(activation->slope);
    act.slopes = int(activation->slope->size());
  }
  act.alpha = activation->alpha;
  act.beta = activation->beta;
  return act;
}

Act take_activation(Builder& builder, Job& job) {
  if (job.residual >= 0) return {};
  const Act act = act_of(builder, job.activation);
  job.activation.reset();
  return act;
}

Tensor whole_cells(Tensor tensor) {
  tensor.c = tensor.pitch;
  return tensor;
}

int image_channels(const Builder& builder, const Shape& shape) {
  return std::max(shape.c, channel_multiple(builder.precision));
}

int dense(Builder& builder, int buffer) {
  const Tensor& t = builder.tensor(buffer);
  if (t.pitch == t.c) return buffer;
  const int out = builder.add(t.n, shape_of(t));
  fill_from(builder, out, buffer, kernels::Conversion{});
  return out;
}

int compile_compute(Builder& builder, const Operation& operation, Job job) {
  const auto compile = core::Overloaded{
      [&](const Conv& op) { return convolve(builder, op, job); },
      [&](const Pool& op) { return pool(builder, op, job); },
      [&](const Lrn& op) { return normalise(builder, op, job); },
      [&](const Affine& op) { return scale_and_shift(builder, op, job); },
      [&](const Activation& op) { return activate(builder, op, job.inputs.front()); },
      [&](const Softmax& op) {
        return map(builder, job, kernels::SoftmaxLines{{}, axes_of(op.axes), op.kind});
      },
      [&](const Normalisation& op) {
        return map(builder, job,
                   kernels::NormalisedLines{{}, axes_of(op.axes), op.kind, op.guard, op.epsilon});
      },
      [&](const Elementwise& op) { return combine(builder, op, job); },
      [&](const Concat& op) { return concatenate(builder, op, job); },
      [&](const Slice& op) { return slice(builder, op, job); },
      [&](const Pad& op) {
        return map(builder, job, kernels::Border{{}, op.margins, op.value});
      },
      [&](const Reshape&) { return reshape(builder, job); },
      [&](const FullyConnected& op) { return fully_connected(builder, op, job); },
      [&](const Rearrange& op) { return rearrange(builder, op, job); },
      [&](const Resample& op) { return resample(builder, op, job); },
      [&](const Reduce& op) { return reduce(builder, op, job); },
      [&](const MatMul& op) { return multiply(builder, op, job); },
      [&](const Parameter& op) { return parameter(builder, op, job); },
  };
  const int result = std::visit(compile, operation);
  if (job.residual < 0 && !job.activation) return result;
  kernels::Epilogue epilogue;
  epilogue.act = act_of(builder, job.activation);
  return finish(builder, result, job.residual, epilogue);
}

}  // namespace rfmap::cuda
