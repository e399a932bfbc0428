#pragma once

#include <vector>

#include "run/folder.h"
#include "run/jobs.h"

namespace rfmap::run {

/// The gradient phase (--with-gradient): the absolute gradient of every pair's response at its
/// recorded location, summed over the input's channels, [H, W], committed as parts of the folder
/// beside the change maps. Pairs that the folder holds already are skipped. Throws Interrupted
/// after committing what is whole.
void measure_gradients(const Run& run, const std::vector<Pair>& pairs, RunFolder& folder);

}  // namespace rfmap::run
