#pragma once

#include <string>
#include <vector>

#include "rfmap/model.h"

namespace rfmap::importing {

/// "node 'a' (Op), which is not supported: reason"
std::string lost_text(const Unsupported& lost);
/// What makes a network of this kind readable.
std::string way_out(const Unsupported& lost);
/// "'a', 'b', 'c' and 4 more"
std::string some_of(const std::vector<std::string>& names);

}  // namespace rfmap::importing
