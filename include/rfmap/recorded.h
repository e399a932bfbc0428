#pragma once

#include <string>
#include <vector>

#include "rfmap/aggregate.h"
#include "rfmap/images.h"
#include "rfmap/method.h"
#include "rfmap/preprocess.h"
#include "rfmap/results.h"

/// What a results file says of its run, for those who show it.
namespace rfmap {

/// Typed choices of the run. Throws DataError where they cannot be understood.
struct Recorded {
  Preprocessing preprocessing;
  int channels = 3;
  Method method;  ///< but for the values of the preprocessing
};
Recorded recorded(const RunRecord& run);

/// The same image elsewhere: the deepest folder that holds all recorded images is replaced by
/// `root`, or, where nothing is there, all folders are. An empty root changes nothing.
class Relocation {
 public:
  Relocation(const std::vector<ImageRef>& images, const std::string& root);
  ImageRef operator()(const ImageRef& recorded) const;

 private:
  std::string root_;
  std::string prefix_;  ///< of all recorded paths, with its "/"
};

/// Name of an image for captions: without its folders.
std::string short_name(const ImageRef& image);

/// The mean map with NaN where a pixel does not count for peak and sizes, and its peak (0 where
/// nothing is above 0).
struct CountedMean {
  std::vector<float> values;
  float peak = 0;
};
CountedMean counted_mean(const UnitRecord& unit, Border border);

}  // namespace rfmap
