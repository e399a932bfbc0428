#include "engine/blocks.h"

#include <algorithm>

#include "engine/operations.h"
#include "kernels/grid.h"

namespace rfmap::cuda {
using namespace plan;
namespace {

/// Multiply-adds that blocks may add, as a share of the convolution's own.
constexpr double kMostMore = 0.5;

int in_blocks(int cells, int block) { return (cells + block - 1) / block; }

int multiple_of(int channels, int unit) { return (channels + unit - 1) / unit * unit; }

/// Whether a step makes images whose cells may be stored in any order.
bool makes_images(const Step& step) {
  if (std::holds_alternative<Occlude>(step.kind)) return true;
  const auto* crop = std::get_if<CropWindow>(&step.kind);
  return crop && crop->occluder && !crop->selected && crop->paste_window < 0 &&
         crop->first_channel == 0 && crop->border == 0;
}

/// Fills a new buffer of blocks; `find` adds the tables of a call.
template <class Find>
int make_blocks(Builder& builder, int images, int batch, const kernels::ImageBlocks& fixed,
                const BlockLayout& layout, const Find& find) {
  const int out = builder.add(batch, layout.shape, layout.channels);
  builder.set_blocks(out, layout);
  builder.launch({images, out}, [=](const Stage& stage) {
    kernels::ImageBlocks work = fixed;
    work.images = stage.tensors[images];
    work.images.c = kernels::kBlockChannels;
    find(work, stage);
    stage.device.launch(whole_cells(stage.tensors[out]), work);
  });
  return out;
}

kernels::ImageBlocks fixed_part(const BlockLayout& layout, Size patch) {
  kernels::ImageBlocks work;
  work.patch = patch;
  work.origin = {-layout.pad.y, -layout.pad.x};
  work.block = layout.block;
  return work;
}

}  // namespace

std::optional<BlockLayout> block_layout(Precision precision, const Conv& conv, const Shape& in,
                                        const Shape& out) {
  const Size stride = conv.stride;
  if (precision == Precision::fp32 || conv.groups != 1 || in.c != kernels::kBlockChannels ||
      conv.dilation != Size{1, 1} || stride.h < 2 || !kernels::is_block_width(stride.w))
    return std::nullopt;
  BlockLayout layout;
  layout.block = stride;
  layout.kernel = {in_blocks(conv.kernel.h, stride.h), in_blocks(conv.kernel.w, stride.w)};
  layout.pad = {conv.pad.top, conv.pad.left};
  layout.shape = {stride.h * stride.w * in.c, out.h + layout.kernel.h - 1,
                  out.w + layout.kernel.w - 1};
  layout.channels =
      multiple_of(layout.shape.c, std::max(kernels::kWide, channel_multiple(precision)));
  const double macs = double(layout.kernel.h) * layout.kernel.w * layout.channels;
  const double before = double(conv.kernel.h) * conv.kernel.w * channel_multiple(precision);
  if (macs > (1 + kMostMore) * before) return std::nullopt;
  return layout;
}

std::vector<std::optional<BlockLayout>> block_layouts(Precision precision, const Program& program) {
  std::vector<std::optional<BlockLayout>> layouts(program.values.size());
  std::vector<int> reads(program.values.size(), 0);
  for (const Step& step : program.steps)
    for (int input : step.inputs) ++reads[input];
  for (const Step& step : program.steps) {
    const Conv* conv = op_of<Conv>(step);
    if (!conv || reads[step.inputs.front()] != 1) continue;
    const int value = step.inputs.front();
    const Value& in = program.values[value];
    for (const Step& maker : program.steps)
      if (maker.output == value && in.resident < 0 && makes_images(maker))
        layouts[value] =
            block_layout(precision, *conv, in.shape, program.values[step.output].shape);
  }
  return layouts;
}

Conv over_blocks(Builder& builder, const Conv& conv, const BlockLayout& layout) {
  Conv over = conv;
  over.weights =
      builder.constants.block_filters(conv.weights, conv.out_channels, conv.kernel, layout.block);
  over.kernel = layout.kernel;
  over.stride = {1, 1};
  over.pad = {};
  return over;
}

int blocks_of_images(Builder& builder, int images, const BlockLayout& layout) {
  return make_blocks(builder, images, builder.tensor(images).n, fixed_part(layout, {}), layout,
                     [](kernels::ImageBlocks&, const Stage&) {});
}

int blocks_of_occluded(Builder& builder, int images, int batch, Size patch,
                       const BlockLayout& layout) {
  return make_blocks(builder, images, batch, fixed_part(layout, patch), layout,
                     [](kernels::ImageBlocks& work, const Stage& stage) {
                       work.occluders = stage.tables.occluders;
                       work.patches = stage.patches;
                     });
}

int blocks_of_windows(Builder& builder, const CropWindow& op, int images, int batch, Size patch,
                      const BlockLayout& layout) {
  kernels::ImageBlocks fixed = fixed_part(layout, patch);
  fixed.stride = op.stride;
  fixed.origin.y -= op.pad.y;
  fixed.origin.x -= op.pad.x;
  return make_blocks(builder, images, batch, fixed, layout,
                     [window = op.window](kernels::ImageBlocks& work, const Stage& stage) {
                       work.occluders = stage.tables.occluders;
                       work.patches = stage.patches;
                       work.windows = stage.tables.windows[window];
                     });
}

}  // namespace rfmap::cuda
