#pragma once

#include <cstddef>
#include <string>
#include <vector>

#include "rfmap/model.h"

#include "model/constant.h"

namespace rfmap::importing {

/// An input of the file that is not a weight; 0 for an open extent.
struct DeclaredInput {
  std::string name;
  Dims dims;
  bool is_float = true;
};

/// Index of the input that takes the image: the first of rank 4. Throws ModelError without one.
std::size_t choose_image(const std::vector<DeclaredInput>& inputs);

/// Extents with batch 1 if it is open and the height and width of `files` if given. Throws
/// ConfigError if height and width are open, ModelError for open channels.
Dims input_dims(const DeclaredInput& input, const ModelFiles& files);

}  // namespace rfmap::importing
