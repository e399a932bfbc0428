#pragma once

#include <limits>
#include <span>
#include <vector>

#include "run/jobs.h"
#include "run/programs.h"

namespace rfmap::run {

/// Measures change maps by full occluded passes. Keeps buffers between jobs.
class OcclusionPass {
 public:
  OcclusionPass(const Run& run, Programs& programs);

  /// Seconds that one batch takes, from two trial runs on an empty image.
  double calibrate();
  /// Changes of `ids`, pairs of one image and of full layers. The patches are set.
  MapResult measure(const std::vector<Pair>& pairs, std::span<const int> ids,
                    std::span<const float> image);

 private:
  struct PairProgress {
    int table = 0, read = 0;  ///< its reply table and its place among that layer's reads
    std::vector<bool> touched;
    std::vector<float> change;
    float lowest = std::numeric_limits<float>::infinity();
    float highest = -std::numeric_limits<float>::infinity();
  };
  void load(std::span<const float> image);
  plan::Call occluded(std::span<const int> positions);
  std::vector<PairProgress> start(const std::vector<Pair>& pairs, std::span<const int> ids,
                                  std::span<const Rect> boxes);
  void take(std::span<const int> block, const plan::Reply& reply, PairProgress& pair) const;

  const Run& run_;
  Programs& programs_;
  std::vector<plan::Occluder> occluders_;
  std::vector<std::vector<plan::Read>> reads_;  ///< [table]
  plan::Reply reply_;
};

}  // namespace rfmap::run
