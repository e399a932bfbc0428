#pragma once

#include <string>
#include <vector>

#include "rfmap/aggregate.h"
#include "rfmap/images.h"
#include "rfmap/method.h"
#include "rfmap/preprocess.h"
#include "rfmap/results.h"

/// The settings that a results file records, for displaying results.
namespace rfmap::report {

/// Typed choices of the run. Throws DataError if they cannot be parsed.
struct Recorded {
  Preprocessing preprocessing;
  int channels = 3;
  Method method;  ///< but for the values of the preprocessing
};
Recorded recorded(const RunRecord& run);

/// Finds images that have moved: the deepest folder that holds all recorded images is replaced by
/// `root`; if there is no such file, all folders are. An empty root changes nothing.
class Relocation {
 public:
  Relocation(const ImageList& images, const std::string& root);
  ImageRef operator()(const ImageRef& recorded) const;

 private:
  std::string root_;
  std::string prefix_;  ///< common prefix of all recorded paths, with its "/"
};

/// The deepest folder ("/data/set/") that both paths begin with.
std::string common_folder(const std::string& a, const std::string& b);

/// Images of the results as the network saw them, where they are now.
class ResultImages {
 public:
  ResultImages(const RunRecord& run, const std::string& images_root);
  int count() const { return int(images_.size()); }
  ImageRef at(int image) const { return images_.at(image); }
  LoadedImage load(int image) const;
  const Recorded& recorded() const { return recorded_; }

 private:
  const ImageList& images_;
  Relocation relocation_;
  Recorded recorded_;
};

/// Name of an image in captions: without its folders.
std::string short_name(const ImageRef& image);

/// The mean map with NaN where a pixel does not count for peak and sizes, and its peak (0 if
/// nothing is above 0).
struct CountedMean {
  std::vector<float> values;
  float peak = 0;
};
CountedMean counted_mean(const UnitRecord& unit, Border border);

}  // namespace rfmap::report
