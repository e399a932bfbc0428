#pragma once

#include <vector>

#include "run/jobs.h"

namespace rfmap::run {

/// How the units' choices of images lie before the scan tells: all choose the same, each chooses at
/// random, no two the same.
enum class Choices { together, independent, apart };

/// Images as a run may have to measure them.
struct DrawnJobs {
  double images = 0;           ///< distinct ones of the run
  std::vector<Pair> pairs;     ///< of the drawn images, each with a random location
  std::vector<ImageJob> jobs;  ///< some of the run's, each of which stands for images / jobs.size()
  double share() const { return jobs.empty() ? 0 : images / double(jobs.size()); }
};

/// (unit, image) pairs of a ranking's K images a unit, or of all images where there are fewer: what
/// the run has at most.
double most_pairs(const Run& run, Ranking ranking);
double most_pairs(const Run& run);

/// Distinct images of the run, over all units.
double distinct_images(const Run& run, Choices choices);

/// At most `count` images. The same draw every time.
DrawnJobs draw_jobs(const Run& run, Choices choices, int count = 64);

}  // namespace rfmap::run
