#pragma once

#include <span>
#include <vector>

#include "run/folder.h"
#include "run/jobs.h"
#include "run/programs.h"

namespace rfmap::run {

/// Whether full passes of all layers are less work for these pairs than windows of those that have
/// them; where the counted work does not tell clearly, short trials do. Leaves the programs as the
/// winner needs them.
bool full_passes_win(const Run& run, const std::vector<Pair>& pairs, Programs& programs);

/// With --strategy auto: decides, once the pairs are known, whether the layers that have windows
/// run by them or all layers by full passes, whichever is less work for this run; where the counted
/// work does not tell clearly, short trials do. A choice made by the clock is recorded in the
/// folder, and read by a resumed run. The trials are the first device's, the choice is all
/// devices'.
void settle_strategy(const Run& run, const std::vector<Pair>& pairs, std::span<Programs> all,
                     RunFolder& folder);

}  // namespace rfmap::run
