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

/// Memory of this process that no file can take back.
double anonymous_bytes() {
  constexpr int kResident = 1, kOfFiles = 2;
  return bytes_in_use(kResident) - bytes_in_use(kOfFiles);
}

/// Of version 2, as batch systems set it.
MemoryLeft left_of_cgroup(int ranks) {
  std::ifstream file("/proc/self/cgroup");
  std::string line;
  while (std::getline(file, line) && !line.starts_with("0::")) continue;
  if (!line.starts_with("0::")) return {};
  return {left_in_cgroup("/sys/fs/cgroup", line.substr(3), ranks, anonymous_bytes()),
          ranks > 1 ? fmt::format("this rank's share of the job's cgroup, 1 of {}", ranks)
                    : "the job's cgroup"};
}

std::string text_of(double bytes) { return fmt::format("{:.0f} MiB", bytes / (1 << 20)); }

}  // namespace

double left_in_cgroup(const fs::path& root, const fs::path& group, int ranks, double own_bytes) {
  double least = kUnlimited;
  for (fs::path at = group;; at = at.parent_path()) {
    const fs::path folder = root / at.relative_path();
    const double most = number_in(folder / "memory.max");
    // Pages of files can be given back, so they do not count. Ranks that come later must find their
    // shares, so what is free now is not all for this one.
    if (most < kUnlimited)
      least = std::min(
          {least, most - number_in(folder / "memory.stat", "anon"), most / ranks - own_bytes});
    if (at.empty() || at == at.root_path()) return least;
  }
}

void require_memory(std::size_t bytes, int threads, int ranks) {
  constexpr int kSize = 0, kData = 5;
  const std::array lefts{left_of(RLIMIT_AS, kSize, "ulimit -v"),
                         left_of(RLIMIT_DATA, kData, "ulimit -d"), left_of_cgroup(ranks)};
  const MemoryLeft& least = *std::ranges::min_element(lefts, {}, &MemoryLeft::bytes);
  const double needed = double(bytes) + kLibraries + kThread * threads;
  if (needed > least.bytes)
    throw OutOfMemory(fmt::format("{} are needed, but the limit of memory ({}) leaves {}",
                                  text_of(needed), least.limit,
                                  text_of(std::max(least.bytes, 0.0))));
}

}  // namespace rfmap::run
