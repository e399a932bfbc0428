#pragma once

#include <functional>
#include <memory>
#include <optional>
#include <vector>

#include "engine/builder.h"
#include "plan/program.h"

/// Each step as launches. A function that has a result returns its buffer.
namespace rfmap::cuda {

using Job = plan::ComputeJob;

/// The operation of a step that computes one of type Op, or null.
template <class Op>
const Op* op_of(const plan::Step& step) {
  const auto* compute = std::get_if<plan::Compute>(&step.kind);
  return compute ? std::get_if<Op>(&compute->op) : nullptr;
}

/// Fills buffer `out` by a kernel whose one input is buffer `in`.
template <class Kernel>
void fill_from(Builder& builder, int out, int in, const Kernel& kernel) {
  builder.fill(out, {in}, [=](const Stage& stage) -> Work {
    Kernel whole = kernel;
    whole.in = stage.tensors[in];
    return whole;
  });
}
/// One input, a new buffer for the result.
template <class Kernel>
int map(Builder& builder, const Job& job, const Kernel& kernel) {
  const int out = builder.add(job.batch, job.out);
  fill_from(builder, out, job.inputs.front(), kernel);
  return out;
}

/// The complete step: operation, residual, activation.
int compile_compute(Builder& builder, const Operation& op, Job job);

kernels::Act act_of(Builder& builder, const std::optional<Activation>& activation);
/// Removes and returns the job's activation, unless a residual must be added before it.
kernels::Act take_activation(Builder& builder, Job& job);
/// The same values without padding channels.
int dense(Builder& builder, int buffer);
/// Best number of stored channels per cell for convolving images of `shape`.
int image_channels(const Builder& builder, const Shape& shape);
/// A tensor including its padding channels, for kernels that set them.
Tensor whole_cells(Tensor tensor);

int activate(Builder& builder, const Activation& op, int in);

// normalise.cpp
int normalise(Builder& builder, const Lrn& op, const Job& job);
/// Steps that run in one pass with the step after them: cross-channel normalisation and max pooling
/// in either order, if nothing else reads the value between them.
std::vector<bool> merged_with_next(const plan::Program& program);
/// Runs both in one pass. `job` has the first step's inputs and the second's output and activation.
int normalise_and_pool(Builder& builder, const plan::Program& program, int index, Job job);

// convolution.cpp
/// Requests a plan for the complete problem first, then for the convolution alone; null: no plan at
/// all, which the tally keeps.
std::shared_ptr<LibraryConvolution> find_plan(Builder& builder, ConvolutionProblem& problem);
int convolve(Builder& builder, const Conv& op, Job& job);
int fully_connected(Builder& builder, const FullyConnected& op, Job& job);

// rearrange.cpp
int rearrange(Builder& builder, const Rearrange& op, const Job& job);
int parameter(Builder& builder, const Parameter& op, const Job& job);
// resample.cpp
kernels::Taps on_device(Builder& builder, const AxisTaps& taps);
int resample(Builder& builder, const Resample& op, const Job& job);
// reduce.cpp
int reduce(Builder& builder, const Reduce& op, const Job& job);
int multiply(Builder& builder, const MatMul& op, const Job& job);

// images.cpp; `output` is a buffer that is filled.
void load_images(Builder& builder, int output);
void occlude(Builder& builder, int images, int output, Size patch);
/// `maps` are the originals' maps, `paste` the changed window, or -1.
void crop(Builder& builder, const plan::CropWindow& op, int maps, int paste, int output,
          Size patch);
/// A buffer, and what of it is filled: all or a part.
struct CropTarget {
  int buffer;
  std::function<Tensor(const Stage&)> tensor;
};
void crop_into(Builder& builder, const plan::CropWindow& op, int maps, int paste,
               const CropTarget& target, Size patch = {});
/// As crop(); returns the window's buffer.
int gather(Builder& builder, const plan::GatherWindow& op, int maps, int paste,
           const plan::Value& out, Size patch);
int selected_convolution(Builder& builder, const plan::SelectedConv& op, int input,
                         const plan::Value& out);
int window_average(Builder& builder, const plan::WindowAverage& op, int input,
                   const plan::Value& out);

// reads.cpp; `index` counts the program's reading steps.
void read_responses(Builder& builder, const plan::ReadResponse& read, int input, int index);
void read_extrema(Builder& builder, const plan::ReadExtrema& read, int input, int index);
void read_map(Builder& builder, int input, int index);
/// `window` is the table with the positions of the input's samples.
void read_points(Builder& builder, const plan::ReadPoints& read, int window, int input, int index);

}  // namespace rfmap::cuda
