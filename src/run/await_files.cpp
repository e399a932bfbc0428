#include "run/await_files.h"

#include <chrono>
#include <filesystem>
#include <thread>

#include "rfmap/error.h"

#include "run/phase_progress.h"

namespace rfmap::run {

void await_files(const Run& run, const std::vector<std::string>& files) {
  using Clock = std::chrono::steady_clock;
  const auto end = Clock::now() + std::chrono::seconds(120);
  for (const std::string& file : files)
    while (!std::filesystem::exists(file)) {
      stop_if_asked(run.hooks, "interrupted while waiting for files of other ranks");
      if (Clock::now() > end)
        throw DataError(file +
                        ": another rank has written it, but it is not seen here; all ranks need "
                        "an --out on a file system that they share");
      std::this_thread::sleep_for(std::chrono::milliseconds(100));
    }
}

}  // namespace rfmap::run
