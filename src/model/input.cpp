#include "model/input.h"

namespace rfmap::importing {

std::size_t choose_image(const std::vector<DeclaredInput>& inputs) {
  for (std::size_t i = 0; i < inputs.size(); ++i)
    if (inputs[i].dims.size() == 4) return i;
  if (inputs.empty()) throw ModelError("the network has no input");
  throw ModelError("its input '" + inputs[0].name + "' has rank " +
                   std::to_string(inputs[0].dims.size()) +
                   ", and a network of images has rank 4, N x C x H x W");
}

Dims input_dims(const DeclaredInput& input, const ModelFiles& files) {
  if (!input.is_float)
    throw ModelError("its input '" + input.name + "' does not take floating-point numbers");
  Dims dims = input.dims;
  if (dims[1] <= 0)
    throw ModelError("its input '" + input.name + "' leaves the number of channels open");
  if (dims[0] <= 0) dims[0] = 1;
  if (files.input_size.h > 0 && files.input_size.w > 0) {
    dims[2] = files.input_size.h;
    dims[3] = files.input_size.w;
  }
  if (dims[2] <= 0 || dims[3] <= 0)
    throw ConfigError("'" + files.model + "' leaves its input's height and width open; " +
                      "--input-size HxW has to give them.");
  volume(dims);
  return dims;
}

}  // namespace rfmap::importing
