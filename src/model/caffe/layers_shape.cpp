#include <algorithm>
#include <utility>

#include "model/caffe/import.h"

// Layers that move values or do nothing to them.
namespace rfmap::importing {
namespace {

/// Every top equals the bottom.
Value import_split(CaffeImport& in, const CaffeLayer& layer) {
  Value value = in.builder.alias(in.only_bottom(layer), label(layer));
  for (const std::string& top : layer.proto.top()) in.set(top, value);
  return value;
}

Value import_dropout(CaffeImport& in, const CaffeLayer& layer) {
  if (!layer.proto.dropout_param().scale_train())
    throw Refusal("scaling at test time (scale_train: false) is not supported");
  return import_split(in, layer);
}

Value import_concat(CaffeImport& in, const CaffeLayer& layer) {
  const caffe::ConcatParameter& p = layer.proto.concat_param();
  std::vector<Value> inputs;
  for (int i = 0; i < layer.proto.bottom_size(); ++i) inputs.push_back(in.bottom(layer, i));
  const std::int64_t given = p.has_concat_dim() ? std::int64_t(p.concat_dim()) : p.axis();
  const int axis = resolve_axis(given, int(in.bottom(layer, 0).dims.size()));
  return concat(in.builder, label(layer), inputs, axis);
}

Value import_slice(CaffeImport& in, const CaffeLayer& layer) {
  const caffe::SliceParameter& p = layer.proto.slice_param();
  const Value input = in.only_bottom(layer);
  const std::int64_t given = p.has_slice_dim() ? std::int64_t(p.slice_dim()) : p.axis();
  const int axis = resolve_axis(given, int(input.dims.size())), tops = layer.proto.top_size();
  const int extent = to_int(input.dims[axis], "a side");
  std::vector<int> ends(p.slice_point().begin(), p.slice_point().end());
  if (ends.empty())
    for (int i = 1; i < tops; ++i) ends.push_back(extent / tops * i);
  ends.push_back(extent);
  if (int(ends.size()) != tops || (p.slice_point_size() == 0 && extent % tops != 0))
    throw Damaged("its slices do not fit its tops");
  // Parts are named after their blobs: the layer's own name would be ambiguous.
  for (int i = 0, begin = 0; i < tops; begin = ends[i++])
    in.set(layer.proto.top(i),
           slice(in.builder, tops == 1 ? label(layer) : Label{layer.proto.top(i), {}}, input, axis,
                 {begin, ends[i] - begin, 1}));
  return in.value(layer.proto.top(0));
}

Value import_flatten(CaffeImport& in, const CaffeLayer& layer) {
  const caffe::FlattenParameter& p = layer.proto.flatten_param();
  const Value& input = in.only_bottom(layer);
  const int rank = int(input.dims.size());
  const int first = resolve_axis(p.axis(), rank), last = resolve_axis(p.end_axis(), rank);
  if (first > last) throw Refusal("its axes are out of order");
  Dims dims(input.dims.begin(), input.dims.begin() + first);
  dims.push_back(volume({input.dims.begin() + first, input.dims.begin() + last + 1}));
  dims.insert(dims.end(), input.dims.begin() + last + 1, input.dims.end());
  return reshape(in.builder, label(layer), input, dims);
}

Value import_reshape(CaffeImport& in, const CaffeLayer& layer) {
  const caffe::ReshapeParameter& p = layer.proto.reshape_param();
  const Value& input = in.only_bottom(layer);
  const int rank = int(input.dims.size());
  const int first = resolve_axis(p.axis() < 0 ? p.axis() + 1 + rank : p.axis(), rank + 1);
  const int end = p.num_axes() < 0 ? rank : first + p.num_axes();
  if (end > rank) throw Refusal("its axes do not fit its bottom");
  Dims target(input.dims.begin(), input.dims.begin() + first);
  for (int i = 0; i < p.shape().dim_size(); ++i) {
    const std::int64_t dim = p.shape().dim(i);
    if (dim == 0 && first + i >= rank) throw Refusal("it copies an axis that does not exist");
    target.push_back(dim == 0 ? input.dims[first + i] : dim);
  }
  target.insert(target.end(), input.dims.begin() + end, input.dims.end());
  return reshape(in.builder, label(layer), input, reshaped(input.dims, target, true));
}

/// The first bottom, cut to the second's extents from `axis` on; its values are not read.
Value import_crop(CaffeImport& in, const CaffeLayer& layer) {
  const caffe::CropParameter& p = layer.proto.crop_param();
  if (layer.proto.bottom_size() != 2) throw Damaged("it needs two bottoms");
  Value value = in.bottom(layer, 0);
  const Dims like = in.bottom(layer, 1).dims;
  const int rank = int(value.dims.size()), first = resolve_axis(p.axis(), rank);
  if (int(like.size()) != rank) throw Refusal("its bottoms differ in rank");
  if (p.offset_size() > 1 && p.offset_size() != rank - first)
    throw Damaged("its offsets do not fit its axes");
  for (int axis = first; axis < rank; ++axis) {
    const int i = axis - first, given = p.offset_size() == 1 ? 0 : i;
    const int begin = p.offset_size() == 0 ? 0 : to_int(p.offset(given), "an offset");
    const bool last = axis + 1 == rank;
    value = slice(in.builder, last ? label(layer) : helper(layer, "/axis" + std::to_string(axis)),
                  value, axis, {begin, like[axis], 1});
  }
  return value;
}

Value import_permute(CaffeImport& in, const CaffeLayer& layer) {
  const Value& input = in.only_bottom(layer);
  const auto& given = layer.proto.permute_param().order();
  std::vector<int> order(given.begin(), given.end());
  for (int axis = 0; axis < int(input.dims.size()); ++axis)
    if (std::find(order.begin(), order.end(), axis) == order.end()) order.push_back(axis);
  return transpose(in.builder, label(layer), input, order);
}

}  // namespace

const CaffeHandlers& caffe_shape_handlers() {
  static const CaffeHandlers table{{"Split", import_split},     {"Dropout", import_dropout},
                                   {"Concat", import_concat},   {"Slice", import_slice},
                                   {"Flatten", import_flatten}, {"Reshape", import_reshape},
                                   {"Permute", import_permute}, {"Crop", import_crop}};
  return table;
}

}  // namespace rfmap::importing
