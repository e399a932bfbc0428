#pragma once

#include "cpu/builder.h"
#include "plan/program.h"

/// Operations and steps as kernels. A function returns the buffer of its result.
namespace rfmap::cpu {

using plan::Job;

/// An operation as kernels, specialised for each in the files of this room.
template <class Op>
int compile_operation(Builder& builder, const Op& op, Job& job);

// pointwise.cpp
int activate(Builder& builder, const Activation& op, int buffer);
int add_residual(Builder& builder, int buffer, int residual);

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
