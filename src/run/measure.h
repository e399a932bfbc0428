#pragma once

#include <memory>
#include <utility>

#include "run/occlude.h"
#include "run/windows/pass.h"
#include "run/work.h"

namespace rfmap::run {

/// Measures the change maps of some images' pairs: by windows where a layer has them, by full
/// passes where not.
class MapMeasurer {
 public:
  MapMeasurer(const Run& run, const std::vector<Pair>& pairs, Programs& programs);
  /// Jobs that measure() takes at once, at most.
  int images_at_once() const;
  /// A result a job, in the order of its pairs.
  std::vector<MapResult> measure(std::span<const ImageJob> jobs, std::span<const Crop> crops);
  MapResult measure(const ImageJob& job, const Crop& crop) {
    return std::move(measure({&job, 1}, {&crop, 1}).front());
  }

  const ImageJob& largest(const std::vector<ImageJob>& jobs) const {
    return largest_job(run_, programs_, pairs_, jobs);
  }
  Work work(const ImageJob& job) const { return count_work(run_, programs_, pairs_, job); }
  /// Times short trials of one of the jobs on an empty image, so that seconds() can tell.
  void calibrate(const ImageJob& job);
  double seconds(const Work& work) const;
  /// How one of the jobs runs, in words.
  std::vector<std::string> describe(const ImageJob& job) const;

 private:
  const Run& run_;
  const std::vector<Pair>& pairs_;
  Programs& programs_;
  OcclusionPass full_;
  std::unique_ptr<WindowPass> windows_;
  std::vector<float> images_;  ///< [slots, C, H, W]
  Work seconds_per_mac_;
};

}  // namespace rfmap::run
