#include "engine/operations.h"

namespace rfmap::cuda {
using namespace plan;

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
  kernels::Crop fixed;
  fixed.stride = op.stride;
  fixed.pad = op.pad;
  fixed.border = op.border;
  fixed.first_channel = op.first_channel;
  fixed.channels = builder.tensor(output).c;
  fixed.paste_channel = op.paste_channel;
  fixed.patch = patch;
  std::vector<int> touched{maps, output};
  if (paste >= 0) touched.push_back(paste);
  builder.launch(touched, [=](const Stage& stage) {
    kernels::Crop work = fixed;
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
    stage.device.launch(whole_cells(stage.tensors[output]), work);
  });
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
