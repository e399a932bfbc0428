#include <algorithm>

#include "engine/operations.h"
#include "kernels/grid.h"

namespace rfmap::cuda {
using namespace plan;
namespace {

/// What does not differ from call to call.
kernels::ChangedMaps changed_maps(const ChangedMap& op, Size patch) {
  kernels::ChangedMaps maps;
  maps.first_channel = op.first_channel;
  maps.paste_channel = op.paste_channel;
  maps.patch = patch;
  return maps;
}

/// The rest.
void find_changed(kernels::ChangedMaps& work, const ChangedMap& op, int maps, int paste,
                  const Stage& stage) {
  work.maps = stage.tensors[maps];
  work.occluders = stage.tables.occluders;
  work.windows = stage.tables.windows[op.window];
  if (op.selected) work.selected = stage.tables.channels;
  if (paste >= 0) {
    work.paste = stage.tensors[paste];
    work.paste_windows = stage.tables.windows[op.paste_window];
    if (op.parents) work.parents = stage.tables.parents;
  }
  if (op.occluder) work.patches = stage.patches;
}

std::vector<int> touched_by(int output, int maps, int paste) {
  std::vector<int> touched{maps, output};
  if (paste >= 0) touched.push_back(paste);
  return touched;
}

kernels::GatherAxis on_device(Builder& builder, const graph::GatherAxis& axis) {
  return {cuda::on_device(builder, axis.taps),
          axis.channels ? builder.constants.numbers(*axis.channels) : nullptr};
}

/// Whether fours of output channels come from fours of input channels.
bool moves_fours(const graph::Gather& op) {
  const auto in_fours = [](const graph::GatherAxis& axis) {
    return !axis.channels || std::all_of(axis.channels->begin(), axis.channels->end(),
                                         [](int c) { return c % kernels::kWide == 0; });
  };
  return op.channel_step == 1 && op.first_channel % kernels::kWide == 0 && in_fours(op.y) &&
         in_fours(op.x);
}

}  // namespace

void load_images(Builder& builder, int output) {
  builder.launch({output}, [output](const Stage& stage) {
    const Tensor& out = stage.tensors[output];
    stage.device.launch(whole_cells(out), kernels::FromPlanes{stage.tables.images, out.c});
  });
}

void occlude(Builder& builder, int images, int output, Size patch) {
  builder.launch({images, output}, [=](const Stage& stage) {
    stage.device.launch(
        whole_cells(stage.tensors[output]),
        kernels::Occlusion{stage.tensors[images], stage.patches, stage.tables.occluders, patch});
  });
}

void crop(Builder& builder, const CropWindow& op, int maps, int paste, int output, Size patch) {
  const auto whole = [output](const Stage& stage) { return stage.tensors[output]; };
  crop_into(builder, op, maps, paste, {output, whole}, patch);
}

void crop_into(Builder& builder, const CropWindow& op, int maps, int paste,
               const CropTarget& target, Size patch) {
  kernels::Crop fixed{changed_maps(op, patch)};
  fixed.stride = op.stride;
  fixed.pad = op.pad;
  fixed.border = op.border;
  builder.launch(touched_by(target.buffer, maps, paste), [=](const Stage& stage) {
    kernels::Crop work = fixed;
    find_changed(work, op, maps, paste, stage);
    const Tensor to = target.tensor(stage);
    work.channels = to.c;
    stage.device.launch(whole_cells(to), work);
  });
}

int gather(Builder& builder, const GatherWindow& op, int maps, int paste, const Value& out,
           Size patch) {
  kernels::Gathering fixed{changed_maps(op, patch)};
  fixed.y = on_device(builder, op.gather.y);
  fixed.x = on_device(builder, op.gather.x);
  fixed.channel = op.gather.first_channel;
  fixed.channel_step = op.gather.channel_step;
  fixed.moves_fours = moves_fours(op.gather);
  const int output = builder.add(out.batch, out.shape);
  builder.launch(touched_by(output, maps, paste), [=](const Stage& stage) {
    kernels::Gathering work = fixed;
    find_changed(work, op, maps, paste, stage);
    stage.device.launch(stage.tensors[output], work);
  });
  return output;
}

int selected_convolution(Builder& builder, const SelectedConv& op, int input, const Value& out) {
  const Conv& conv = op.conv;
  kernels::Convolution fixed;
  fixed.weights = static_cast<const float*>(builder.constants.filters(
      conv.weights, conv.out_channels, conv.kernel, builder.tensor(input).c, kernels::DType::f32));
  fixed.bias = builder.constants.plain(conv.bias);
  fixed.window = {conv.kernel, conv.stride, conv.dilation, {}};
  fixed.act = act_of(builder, op.activation);
  const int output = builder.add(out.batch, out.shape);
  builder.fill(output, {input}, [=](const Stage& stage) -> Work {
    kernels::Convolution work = fixed;
    work.in = stage.tensors[input];
    work.channels = stage.tables.channels;
    return work;
  });
  return output;
}

int window_average(Builder& builder, const WindowAverage& op, int input, const Value& out) {
  kernels::Pooling fixed;
  fixed.kind = Pool::Kind::average;
  fixed.window = {op.pool.kernel, op.pool.stride, op.pool.dilation, op.pool.pad};
  fixed.count_include_pad = op.pool.count_include_pad;
  fixed.map = op.map;
  const int output = builder.add(out.batch, out.shape);
  builder.fill(output, {input}, [=](const Stage& stage) -> Work {
    kernels::Pooling work = fixed;
    work.in = stage.tensors[input];
    work.windows = stage.tables.windows[op.window];
    return work;
  });
  return output;
}

}  // namespace rfmap::cuda
