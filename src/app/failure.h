#pragma once

#include <exception>

#include "rfmap/ranks.h"

namespace rfmap::app {

/// Exit code and sentence of an exception, whatever it is.
Failure failure_of(const std::exception_ptr& exception);

}  // namespace rfmap::app
