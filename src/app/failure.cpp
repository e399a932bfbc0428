#include "app/failure.h"

#include <filesystem>
#include <new>
#include <system_error>

#include <fmt/format.h>

#include "rfmap/error.h"

namespace rfmap::app {
namespace {

constexpr const char* kOutOfMemory =
    "out of memory; a smaller --memory or --batch, fewer --threads or fewer --layers need less";
constexpr const char* kNoThread =
    "a thread cannot be started; fewer --threads need less, or raise the limits (ulimit -u, -v)";

}  // namespace

Failure failure_of(const std::exception_ptr& exception) {
  try {
    std::rethrow_exception(exception);
  } catch (const Error& e) {
    return {e.exit_code(), e.what()};
  } catch (const std::bad_alloc&) {
    return {kExitFault, kOutOfMemory};
  } catch (const std::filesystem::filesystem_error& e) {
    return {kExitFault, fmt::format("{}: {}", e.path1().string(), e.code().message())};
  } catch (const std::system_error& e) {
    if (e.code() == std::errc::resource_unavailable_try_again) return {kExitFault, kNoThread};
    return {kExitFault, fmt::format("unexpected error: {}", e.what())};
  } catch (const std::exception& e) {
    return {kExitFault, fmt::format("unexpected error: {}", e.what())};
  } catch (...) {
    return {kExitFault, "unexpected error of unknown kind"};
  }
}

}  // namespace rfmap::app
