#include "run/memory_left.h"

#include <algorithm>
#include <array>
#include <filesystem>
#include <fstream>
#include <limits>
#include <string>

#include <fmt/format.h>
#include <sys/resource.h>
#include <unistd.h>

#include "rfmap/error.h"

namespace rfmap::run {
namespace {

namespace fs = std::filesystem;

constexpr double kUnlimited = std::numeric_limits<double>::infinity();
constexpr double kLibraries = 48 << 20, kThread = 16 << 20;  // seen with images of 40 x 40 pixels

/// Bytes that a limit leaves, and its name.
struct MemoryLeft {
  double bytes = kUnlimited;
  std::string limit;
};

/// Of one of the numbers of pages in /proc/self/statm.
double bytes_in_use(int column) {
  std::ifstream file("/proc/self/statm");
  double pages = 0;
  for (int i = 0; i <= column; ++i) file >> pages;
  return pages * double(::sysconf(_SC_PAGESIZE));
}

MemoryLeft left_of(int resource, int column, const char* name) {
  rlimit limit{};
  if (::getrlimit(resource, &limit) != 0 || limit.rlim_cur == RLIM_INFINITY) return {};
  return {double(limit.rlim_cur) - bytes_in_use(column), name};
}

double number_in(const fs::path& file, const std::string& label = "") {
  std::ifstream in(file);
  double value = kUnlimited;
  if (label.empty()) {
    if (!(in >> value)) value = kUnlimited;
    return value;
  }
  for (std::string word; in >> word >> value;)
    if (word == label) return value;
  return 0;
}

/// Of version 2, as batch systems set it: this group's or one above it. Pages of files can be
/// given back, so they do not count.
MemoryLeft left_of_cgroup() {
  std::ifstream file("/proc/self/cgroup");
  std::string line;
  while (std::getline(file, line) && !line.starts_with("0::")) continue;
  if (!line.starts_with("0::")) return {};
  const fs::path root = "/sys/fs/cgroup";
  MemoryLeft least;
  fs::path group = line.substr(3);
  for (;; group = group.parent_path()) {
    const fs::path folder = root / group.relative_path();
    const double most = number_in(folder / "memory.max");
    if (most < kUnlimited)
      least.bytes = std::min(least.bytes, most - number_in(folder / "memory.stat", "anon"));
    if (group.empty() || group == group.root_path()) break;
  }
  least.limit = "the job's cgroup";
  return least;
}

std::string text_of(double bytes) { return fmt::format("{:.0f} MiB", bytes / (1 << 20)); }

}  // namespace

void require_memory(std::size_t bytes, int threads) {
  constexpr int kSize = 0, kData = 5;
  const std::array lefts{left_of(RLIMIT_AS, kSize, "ulimit -v"),
                         left_of(RLIMIT_DATA, kData, "ulimit -d"), left_of_cgroup()};
  const MemoryLeft& least = *std::ranges::min_element(lefts, {}, &MemoryLeft::bytes);
  const double needed = double(bytes) + kLibraries + kThread * threads;
  if (needed > least.bytes)
    throw OutOfMemory(fmt::format("{} are needed, but the limit of memory ({}) leaves {}",
                                  text_of(needed), least.limit,
                                  text_of(std::max(least.bytes, 0.0))));
}

}  // namespace rfmap::run
