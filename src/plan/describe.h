#pragma once

#include <string>

#include "plan/program.h"

namespace rfmap::plan {

/// "conv1 (convolution, 16 x 3 x 227 x 227 -> 16 x 96 x 55 x 55)", for messages.
std::string describe_step(const Program& program, const Step& step);

}  // namespace rfmap::plan
