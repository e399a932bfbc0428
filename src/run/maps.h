#pragma once

#include <vector>

#include "run/folder.h"
#include "run/measure.h"

namespace rfmap::run {

/// Says what is to come: units, images, passes, expected time, and what would shorten it.
/// `workers` measure beside each other, each as fast as this one.
void announce_maps(const Run& run, const std::vector<Pair>& pairs, MapMeasurer& measurer,
                   int workers = 1);

/// The occlusion phase: measures every pair's change map and commits them as parts of the folder
/// every run.output.commit_every seconds. Pairs that the folder holds already are skipped. Throws
/// Interrupted and EngineError (device lost) after committing what is whole, OutOfMemory. One
/// measurer a device.
void measure_maps(const Run& run, const std::vector<Pair>& pairs,
                  std::vector<MapMeasurer>& measurers, RunFolder& folder);

/// The gradient phase (--with-gradient): the absolute gradient of every pair's response at its
/// recorded location, summed over the input's channels, [H, W], committed as parts of the folder
/// beside the change maps. Pairs that the folder holds already are skipped. Throws Interrupted
/// after committing what is whole.
void measure_gradients(const Run& run, const std::vector<Pair>& pairs, RunFolder& folder);

}  // namespace rfmap::run
