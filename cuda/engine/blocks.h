#pragma once

#include <optional>
#include <vector>

#include "engine/builder.h"
#include "plan/program.h"

/// Strided convolutions of images: tensor cores want more channels than three, and the library's
/// plans for so few copy their input first. Blocks of stride x stride cells as channels make them
/// convolutions without a stride, whose input the kernels for images write as it is needed.
namespace rfmap::cuda {

/// None where cells serve as well.
std::optional<BlockLayout> block_layout(Precision precision, const Conv& conv, const Shape& in,
                                        const Shape& out);
/// By value of a program: the layout in which its only reader wants it; for occluded images and
/// windows of images.
std::vector<std::optional<BlockLayout>> block_layouts(Precision precision,
                                                      const plan::Program& program);
/// The convolution over blocks.
Conv over_blocks(Builder& builder, const Conv& conv, const BlockLayout& layout);

// New buffers with blocks of images: as they are, occluded, and windows of occluded ones.
int blocks_of_images(Builder& builder, int images, const BlockLayout& layout);
int blocks_of_occluded(Builder& builder, int images, int batch, Size patch,
                       const BlockLayout& layout);
int blocks_of_windows(Builder& builder, const plan::CropWindow& op, int images, int batch,
                      Size patch, const BlockLayout& layout);

}  // namespace rfmap::cuda
