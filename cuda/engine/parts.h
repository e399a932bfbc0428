#pragma once

#include <vector>

#include "engine/operations.h"

/// Convolutions of a few groups of many channels. The library's plans for them copy their input
/// twice; for one group they need no copies, if its channels lie together. So each group is a
/// convolution of its own, between tensors whose memory holds one tensor per group
/// (Builder::parts).
namespace rfmap::cuda {

/// By step of a program: as how many parts the step's convolution runs; 1: as a whole. More only if
/// what reads its result takes parts: cross-channel normalisation.
std::vector<int> parts_of_steps(Precision precision, const plan::Program& program,
                                const std::vector<bool>& merged);
/// By value: the parts that its only reader wants, if a crop makes the value.
std::vector<int> parts_of_crops(const plan::Program& program, const std::vector<int>& of_steps);

/// A new buffer in parts.
int crop_parts(Builder& builder, const plan::CropWindow& op, int maps, int paste,
               const plan::Value& out, int parts);
/// The step with its activation; its result is in parts.
int convolve_parts(Builder& builder, const Conv& conv, Job& job, int parts);

}  // namespace rfmap::cuda
