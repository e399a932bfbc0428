#pragma once

#include "checking/watched.h"

namespace rfmap::checking {

/// The largest difference between numbers of two engines, and where it lies.
struct Difference {
  float size = 0;  ///< infinity where one of the two is NaN
  float got = 0, want = 0;
  Place place;
  void add(float of_tested, float of_reference, const Place& at);
};

/// Of what a reading step replied, or else of a step's output; both in map_table(step). `want` has
/// all maps. Where an extremum's position is wrong, `got` is what the reference's map holds there.
Difference compare_step(const Watched& watched, int step, const plan::Call& call,
                        const plan::Reply& got, const plan::Reply& want);

}  // namespace rfmap::checking
