#pragma once

#include <limits>
#include <span>
#include <vector>

#include "run/jobs.h"
#include "run/programs.h"

namespace rfmap {

/// Measures the change maps of one image's pairs. Keeps buffers between jobs.
class OcclusionPass {
 public:
  OcclusionPass(const Setup& setup, const Config& config, Programs& programs);

  /// Changes of the job's pairs over the whole grid, [pair of the job][position]: original minus
  /// occluded; exactly 0 where the occluder misses the pair's theoretical field.
  struct Result {
    std::vector<std::vector<float>> change;
    std::vector<float> null_spread;  ///< largest difference between null occluders, per pair
  };
  /// Seconds that one batch takes, from two trial runs on an empty image.
  double calibrate();
  Result measure(const std::vector<Pair>& pairs, const ImageJob& job, const Crop& crop);

 private:
  struct PairProgress {
    int layer = 0, read = 0;  ///< its reply table and its place among that layer's reads
    std::vector<bool> touched;
    std::vector<float> change;
    float lowest = std::numeric_limits<float>::infinity();
    float highest = -std::numeric_limits<float>::infinity();
  };
  void load(const Crop& crop);
  void run_batch(std::span<const int> positions);
  std::vector<PairProgress> start(const std::vector<Pair>& pairs, const ImageJob& job,
                                  std::span<const Rect> boxes);
  void take(std::span<const int> block, PairProgress& pair) const;

  const Setup& setup_;
  const Config& config_;
  Programs& programs_;
  std::vector<Occluder> occluders_;
  std::vector<std::vector<Read>> reads_;  ///< [layer]
  Reply reply_;
};

/// Calls of the occlude program that a job needs; each carries batch - 1 grid positions.
std::int64_t count_batches(const Setup& setup, const Config& config, const std::vector<Pair>& pairs,
                           const ImageJob& job, int batch);

}  // namespace rfmap
