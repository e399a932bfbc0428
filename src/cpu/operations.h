#pragma once

#include <optional>
#include <string>
#include <vector>

#include "cpu/builder.h"
#include "plan/program.h"

/// Each operation as kernels. A function returns the buffer of its result.
namespace rfmap::cpu {

/// One Compute step. A function that also adds the residual or applies the activation removes it
/// from the job; what remains is done after it.
struct Job {
  std::vector<int> inputs;    ///< buffers
  std::vector<Shape> shapes;  ///< of the inputs
  Shape out;
  int batch = 1;
  int residual = -1;  ///< buffer to be added, or -1
  std::optional<Activation> activation;
  int window = -1;  ///< window table of the output in a windowed program (Value::window)
};

/// The complete step: operation, residual, activation.
int compile_compute(Builder& builder, const Operation& op, Job job);

// convolution.cpp
int convolve(Builder& builder, const Conv& op, Job& job);
int fully_connected(Builder& builder, const FullyConnected& op, Job& job);
// pooling.cpp
int pool(Builder& builder, const Pool& op, const Job& job);
int global_pool(Builder& builder, const GlobalPool& op, const Job& job);
// lrn.cpp
int normalise(Builder& builder, const Lrn& op, const Job& job);
// line_wise.cpp
int softmax(Builder& builder, const Softmax& op, const Job& job);
int normalise(Builder& builder, const LayerNorm& op, const Job& job);
// pointwise.cpp
int activate(Builder& builder, const Activation& op, int buffer);
int combine(Builder& builder, const Elementwise& op, Job& job);
int add_residual(Builder& builder, int buffer, int residual);
// affine.cpp
int scale_and_shift(Builder& builder, const Affine& op, const Job& job);
// rearrange.cpp
int concatenate(Builder& builder, const Concat& op, const Job& job);
int slice(Builder& builder, const Slice& op, const Job& job);
int pad(Builder& builder, const Pad& op, const Job& job);
int reshape(Builder& builder, const Job& job);
int transpose(Builder& builder, const Transpose& op, const Job& job);
int shuffle(Builder& builder, const ChannelShuffle& op, const Job& job);

// images.cpp
void load_images(Builder& builder, int output);
/// `image` is the shape of one slot of `images`.
void occlude(Builder& builder, int images, int output, const Shape& image);
// responses.cpp, extrema.cpp; `value` is the value in `buffer`.
void read_responses(Builder& builder, const plan::ReadResponse& read, int buffer,
                    const plan::Value& value);
void read_extrema(Builder& builder, const plan::ReadExtrema& read, int buffer,
                  const plan::Value& value);
void read_map(Builder& builder, const plan::ReadMap& read, int buffer, const plan::Value& value);

}  // namespace rfmap::cpu
