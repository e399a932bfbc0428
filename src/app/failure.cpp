#include "app/failure.h"

#include <new>

#include <fmt/format.h>

#include "rfmap/error.h"

namespace rfmap::app {

Failure failure_of(const std::exception_ptr& exception) {
  try {
    std::rethrow_exception(exception);
  } catch (const Error& e) {
    return {e.exit_code(), e.what()};
  } catch (const std::bad_alloc&) {
    return {kExitFault, "out of memory; a smaller --batch or fewer --layers need less"};
  } catch (const std::exception& e) {
    return {kExitFault, fmt::format("unexpected error: {}", e.what())};
  } catch (...) {
    return {kExitFault, "unexpected error of unknown kind"};
  }
}

}  // namespace rfmap::app
