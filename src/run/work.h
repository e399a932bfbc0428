#pragma once

#include <span>
#include <vector>

#include "run/jobs.h"
#include "run/programs.h"

namespace rfmap::run {

/// Multiply-adds and occluded copies by the way in which they run.
struct Work {
  double full = 0, windows = 0;  ///< multiply-adds, copied values at their price
  double full_calls = 0;         ///< of the calls that do `full`: an image's last one is filled up
  double full_copies = 0, window_copies = 0;
  Work& operator+=(const Work& other) {
    full += other.full;
    windows += other.windows;
    full_calls += other.full_calls;
    full_copies += other.full_copies;
    window_copies += other.window_copies;
    return *this;
  }
  double macs() const { return full + windows; }
};

/// Copies of one image for which its calls have room, each beside a null occluder; `copies` if the
/// batch is not chosen yet (0).
double filled_copies(double copies, int batch);

/// Pairs (ids) by how their layers run.
struct SplitPairs {
  std::vector<int> full, windows;
};
SplitPairs split_pairs(const LayerWays& ways, const std::vector<Pair>& pairs,
                       std::span<const int> ids);

/// Number of `ids` of each of the window plan's targets.
std::vector<double> count_pairs(const LayerWays& ways, const std::vector<Pair>& pairs,
                                std::span<const int> ids);

/// Grid positions that touch the field of any of `ids`, pairs of one image.
double count_positions(const Run& run, const std::vector<Pair>& pairs, const std::vector<int>& ids);

/// What a job needs.
Work count_work(const Run& run, const LayerWays& ways, const std::vector<Pair>& pairs,
                const ImageJob& job);

/// The job with the most work: a small one's trial would time what every image costs.
const ImageJob& largest_job(const Run& run, const LayerWays& ways, const std::vector<Pair>& pairs,
                            const std::vector<ImageJob>& jobs);

}  // namespace rfmap::run
