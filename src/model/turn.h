#pragma once

#include <optional>

#include "rfmap/graph.h"

namespace rfmap::importing {

/// The operation on a map whose rows and columns have changed places; nothing for operations that
/// are not defined over rows and columns.
std::optional<NodeOperation> with_turned_axes(const NodeOperation& op);

/// The operation on `times` maps whose channels lie one behind the other; nothing if that is
/// another operation.
std::optional<NodeOperation> repeated(const NodeOperation& op, int times);

}  // namespace rfmap::importing
