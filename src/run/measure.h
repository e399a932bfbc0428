#pragma once

#include <memory>

#include "run/occlude.h"
#include "run/window_pass.h"

namespace rfmap {

/// Multiply-adds by the way in which they run.
struct Work {
  double full = 0, windows = 0;
  Work& operator+=(const Work& other) {
    full += other.full;
    windows += other.windows;
    return *this;
  }
};

/// Measures the change maps of one image's pairs: by windows where a layer has them, by full passes
/// where not.
class MapMeasurer {
 public:
  MapMeasurer(const Setup& setup, const Config& config, Programs& programs);
  /// In the order of job.pairs.
  MapResult measure(const std::vector<Pair>& pairs, const ImageJob& job, const Crop& crop);

  /// Multiply-adds that a job needs, copies at their price.
  Work work(const std::vector<Pair>& pairs, const ImageJob& job) const;
  /// Times short trials of one of the jobs on an empty image, so that seconds() can tell.
  void calibrate(const std::vector<Pair>& pairs, const ImageJob& job);
  double seconds(const Work& work) const;

 private:
  const Setup& setup_;
  const Config& config_;
  Programs& programs_;
  OcclusionPass full_;
  std::unique_ptr<WindowPass> windows_;
  Work seconds_per_mac_;
};

}  // namespace rfmap
