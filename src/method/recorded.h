#pragma once

#include "rfmap/attribute.h"
#include "rfmap/method.h"

namespace rfmap::method {

/// What a results file says of its run: every choice that the attributes name, the others by their
/// defaults. Files of format rfmap-1 do not say what maps were recentred on: it was the first
/// position. Of the preprocessing only the preset's name is there (the attribute `preprocessing`
/// has the values). Throws DataError for a value that this version does not know.
Method recorded_method(const Attributes& attributes);

/// Every attribute that has an option's name holds what the option can be. Throws DataError naming
/// the attribute.
void require_recorded(const Attributes& attributes);

}  // namespace rfmap::method
