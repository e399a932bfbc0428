#pragma once

#include <cstdint>
#include <optional>
#include <span>
#include <vector>

#include "plan/windows/plan.h"
#include "run/jobs.h"
#include "run/windows/rest.h"

namespace rfmap::run {

/// A null occluder has no patch, to measure the noise floor.
enum class Patch { pasted, null };

/// A grid position on an image.
struct WindowSample {
  int image = 0;  ///< slot
  int position = 0;
  Patch patch = Patch::pasted;
};

/// One pair under way.
struct WindowPair {
  int target = 0, channel = 0;
  Point location;
  float original = 0;
  std::optional<MapRest> rest;        ///< responses over the whole map
  std::vector<std::uint8_t> touched;  ///< [position]
  PairMap map;
};

/// One image, and what has to be run of it.
struct WindowImage {
  int begin = 0, end = 0;             ///< of its pairs
  std::vector<WindowSample> samples;  ///< positions that touch a field, then null occluders
  int cut = 0;                        ///< the plan's; it does not depend on other images
};

/// The pairs of some images whose windows go together, by image.
struct WindowGroup {
  std::vector<WindowPair> pairs;
  std::vector<WindowImage> images;
};

/// `ids` by image; `layers` are the plan's targets. Originals are not known yet.
WindowGroup make_window_group(const Run& run, const plan::WindowPlan& plan,
                              std::span<const int> layers, const std::vector<Pair>& pairs,
                              std::span<const std::vector<int>> ids);

/// What one response belongs to.
struct WindowRead {
  int pair = 0;
  WindowSample sample;
  Rect window;  ///< of the map, where the response looks at all of it
};

/// Original minus occluded; a window's response stands for the whole map's.
void take_response(const WindowRead& read, Response kind, float response, WindowPair& pair);

/// By image.
std::vector<MapResult> take_results(WindowGroup& group);

}  // namespace rfmap::run
